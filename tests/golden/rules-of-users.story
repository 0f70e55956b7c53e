Rules of users are looked at with an event for whom it names, and on boundaries for all. Ann is a power user with her third day; of Bob, who fell silent, the boundary finds it.
What Cid has open ends with no_longer_applies once he has left, and what Dan has when he turns out to be Ann; a rule with `gone` is asked of those who have left.

== playbook
products:
  crm: {name: CRM}
alerts:
  power: {scope: user, open: active_days(7) >= 3, clear: active_days(7) < 2}
  silent: {scope: user, open: days_since_use >= 5, clear: days_since_use < 5}
plays:
  follow: {scope: user, gone: true, open: key && gone_days <= 30, due_days: 7}

== input
2026-03-01..2026-03-03T09:00Z usage acme crm user=ann #annuse
2026-03-01..2026-03-03T10:00Z usage acme crm user=cid #ciduse
2026-03-02..2026-03-04T11:00Z usage acme crm user=dan #danuse
2026-03-02T12:00Z usage acme crm user=bob
2026-03-05 user acme cid key=true left=2026-03-06
2026-03-07 user acme dan merged_into=ann
until 2026-03-20

== output
2026-03-01T09:00Z  acme/crm  none → adopted, no term  (event annuse-2026-03-01)
    active_days(7) = 1  >= 1  2026-02-23..2026-03-01
2026-03-01T09:00Z  acme  not_adopted → single_product, 1 adopted  (event annuse-2026-03-01)
    products_adopted = 1  >= 1
2026-03-03T09:00Z  acme/ann  alert power opens  (event annuse-2026-03-03)
    active_days(7) = 3  >= 3  2026-02-25..2026-03-03
2026-03-03T10:00Z  acme/cid  alert power opens  (event ciduse-2026-03-03)
    active_days(7) = 3  >= 3  2026-02-25..2026-03-03
2026-03-04T11:00Z  acme/dan  alert power opens  (event danuse-2026-03-04)
    active_days(7) = 3  >= 3  2026-02-26..2026-03-04
2026-03-06T00:00Z  acme/cid  alert power clears: no_longer_applies, open 3 days since 2026-03-03T10:00Z  (day 2026-03-06)
2026-03-06T00:00Z  acme/cid  play follow opens, due 2026-03-13  (day 2026-03-06)
    gone_days = 0  <= 30
2026-03-07T00:00Z  acme/bob  alert silent opens  (day 2026-03-07)
    days_since_use = 5  >= 5
2026-03-07T12:00Z  acme/dan  alert power clears: no_longer_applies, open 3 days since 2026-03-04T11:00Z  (line 12)
2026-03-09T00:00Z  acme/ann  alert silent opens  (day 2026-03-09)
    days_since_use = 5  >= 5
2026-03-10T00:00Z  acme/ann  alert power clears: condition, open 7 days since 2026-03-03T09:00Z  (day 2026-03-10)
    active_days(7) = 1  < 2  2026-03-04..2026-03-10
2026-03-14T00:00Z  acme/cid  play follow updated, due 2026-03-13, overdue  (day 2026-03-14)
2026-03-18T00:00Z  acme/crm  adopted → activated, no term  (day 2026-03-18)
    active_days(7) = 0  >= 1  2026-03-12..2026-03-18
2026-03-18T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2026-03-18)
    products_adopted = 0  >= 1
