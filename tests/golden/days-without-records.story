Days without a record are lived through one at a time: what has to last some days ends on its day.

== playbook
products:
  crm: {adopted: events >= 1000}
segments:
  active: {when: 'active_days(7) >= 1', for_days: 2, clear_days: 3}
alerts:
  a: {scope: account, open: 'segment("active")', for_days: 1}
  b: {scope: user, open: 'days_since_use >= 5', for_days: 2, clear_days: 1}

== input
2026-03-01 usage acme crm user=ann
2026-03-30 usage acme crm user=ann
until 2026-04-03

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-04T00:00Z  acme  segment active entered  (day 2026-03-04)
2026-03-05T00:00Z  acme  alert a opens  (day 2026-03-05)
2026-03-08T00:00Z  acme/ann  alert b opens  (day 2026-03-08)
2026-03-11T00:00Z  acme  segment active exited  (day 2026-03-11)
2026-03-11T00:00Z  acme  alert a clears: condition, open 6 days since 2026-03-05T00:00Z  (day 2026-03-11)
2026-03-31T00:00Z  acme/ann  alert b clears: condition, open 23 days since 2026-03-08T00:00Z  (day 2026-03-31)
2026-04-02T00:00Z  acme  segment active entered  (day 2026-04-02)
2026-04-03T00:00Z  acme  alert a opens  (day 2026-04-03)
