A rule with `absent` is judged while the stage is none, one without while it is not: each ends where the other begins. Closed, neither is judged, and
what is open ends.

== playbook
products:
  crm: {adopted: events >= 1000}
  mail: {adopted: events >= 1000}
alerts:
  missing: {scope: product, absent: true, open: 'account.observed_days >= 1'}
  had: {scope: product, open: 'account.observed_days >= 0'}

== input
2026-03-01 usage acme crm
2026-03-03 entitlement acme mail active
2026-03-04 entitlement acme mail ended
2026-03-05 account acme closed=2026-03-05
2026-03-07 account acme clear=["closed"]
until 2026-03-08

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-01T12:00Z  acme/crm  alert had opens  (line 1)
2026-03-02T00:00Z  acme/mail  alert missing opens  (day 2026-03-02)
2026-03-03T12:00Z  acme/mail  none → entitled, term  (line 2)
2026-03-03T12:00Z  acme/mail  alert missing clears: no_longer_applies, open 1 days since 2026-03-02T00:00Z  (line 2)
2026-03-03T12:00Z  acme/mail  alert had opens  (line 2)
2026-03-04T12:00Z  acme/mail  entitled → none, no term  (line 3)
2026-03-04T12:00Z  acme/mail  alert missing opens  (line 3)
2026-03-04T12:00Z  acme/mail  alert had clears: no_longer_applies, open 1 days since 2026-03-03T12:00Z  (line 3)
2026-03-05T12:00Z  acme/crm  activated → none, no term  (line 4)
2026-03-05T12:00Z  acme/mail  alert missing clears: account_closed, open 1 days since 2026-03-04T12:00Z  (line 4)
2026-03-05T12:00Z  acme/crm  alert had clears: account_closed, open 4 days since 2026-03-01T12:00Z  (line 4)
2026-03-07T12:00Z  acme/crm  none → activated, no term  (line 5)
2026-03-07T12:00Z  acme/mail  alert missing opens  (line 5)
2026-03-07T12:00Z  acme/crm  alert had opens  (line 5)
