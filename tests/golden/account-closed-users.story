Closed by a record that names no user: rules of the account and of products end at once, daily ones too, those of users with the next boundary. Closed
by the day, all end with it. While it is closed nothing opens, of absent products neither.

== playbook
products:
  crm: {adopted: events >= 1000}
alerts:
  a: {scope: account, open: 'events >= 1'}
  b: {scope: account, open: 'users_known >= 1'}
  c: {scope: product, open: 'events >= 1'}
  d: {scope: user, open: 'known_days >= 0'}
  e: {scope: product, absent: true, open: 'account.events >= 1'}
segments:
  s: {when: 'users_known >= 1'}

== input
2026-03-01 usage acme crm user=ann
2026-03-02 account acme closed=2026-03-02
2026-03-02T13:00Z usage acme crm user=ben
2026-03-04 account acme clear=["closed"]
2026-03-05 account acme closed=2026-03-06
until 2026-03-08

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-01T12:00Z  acme  alert a opens  (line 1)
2026-03-01T12:00Z  acme/crm  alert c opens  (line 1)
2026-03-01T12:00Z  acme/ann  alert d opens  (line 1)
2026-03-02T00:00Z  acme  segment s entered  (day 2026-03-02)
2026-03-02T00:00Z  acme  alert b opens  (day 2026-03-02)
2026-03-02T12:00Z  acme/crm  activated → none, no term  (line 2)
2026-03-02T12:00Z  acme  alert a clears: account_closed, open 1 days since 2026-03-01T12:00Z  (line 2)
2026-03-02T12:00Z  acme  alert b clears: account_closed, open 0 days since 2026-03-02T00:00Z  (line 2)
2026-03-02T12:00Z  acme/crm  alert c clears: account_closed, open 1 days since 2026-03-01T12:00Z  (line 2)
2026-03-03T00:00Z  acme/ann  alert d clears: account_closed, open 2 days since 2026-03-01T12:00Z  (day 2026-03-03)
2026-03-04T12:00Z  acme/crm  none → activated, no term  (line 4)
2026-03-04T12:00Z  acme  alert a opens  (line 4)
2026-03-04T12:00Z  acme  alert b opens  (line 4)
2026-03-04T12:00Z  acme/crm  alert c opens  (line 4)
2026-03-05T00:00Z  acme/ann  alert d opens  (day 2026-03-05)
2026-03-05T00:00Z  acme/ben  alert d opens  (day 2026-03-05)
2026-03-06T00:00Z  acme/crm  activated → none, no term  (day 2026-03-06)
2026-03-06T00:00Z  acme  alert a clears: account_closed, open 2 days since 2026-03-04T12:00Z  (day 2026-03-06)
2026-03-06T00:00Z  acme  alert b clears: account_closed, open 2 days since 2026-03-04T12:00Z  (day 2026-03-06)
2026-03-06T00:00Z  acme/crm  alert c clears: account_closed, open 2 days since 2026-03-04T12:00Z  (day 2026-03-06)
2026-03-06T00:00Z  acme/ann  alert d clears: account_closed, open 1 days since 2026-03-05T00:00Z  (day 2026-03-06)
2026-03-06T00:00Z  acme/ben  alert d clears: account_closed, open 1 days since 2026-03-05T00:00Z  (day 2026-03-06)
