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
