Rules of users are looked at with a record for whom it names, and on boundaries for all, each in the order of first seen. What the account's record
made true of all is found so.

== playbook
products:
  crm: {adopted: events >= 1000}
measures:
  busy: {of: user, value: 'active_days(7)'}
alerts:
  a: {scope: user, open: 'account.employees >= 10'}
  b: {scope: user, open: 'busy >= 1'}
  c: {scope: user, open: 'days_since_touchpoint <= 3'}

== input
2026-03-01 usage acme crm user=ann
2026-03-01T13:00Z usage acme crm user=ben
2026-03-01T14:00Z account acme employees=50
2026-03-01T15:00Z user acme ben name=Ben
2026-03-01T16:00Z touchpoint acme call user=ben
2026-03-01T17:00Z nps acme cid 9
2026-03-01T18:00Z workflow acme flow crm>mail user=ann
until 2026-03-02

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-01T15:00Z  acme/ben  alert a opens  (line 4)
2026-03-01T15:00Z  acme/ben  alert b opens  (line 4)
2026-03-01T16:00Z  acme/ben  alert c opens  (line 5)
2026-03-01T17:00Z  acme/cid  alert a opens  (line 6)
2026-03-01T18:00Z  acme/ann  alert a opens  (line 7)
2026-03-02T00:00Z  acme/ann  alert b opens  (day 2026-03-02)
