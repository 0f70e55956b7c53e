Figures of products go over those whose `entitled` rung holds: crm was never told and is held by use for 92 days, mail was told and has ended, hub is
told and was never used. Closed, the account has none.

== playbook
products:
  crm: {adopted: events >= 1000}
  mail: {adopted: events >= 1000}
  hub: {adopted: events >= 1000}
measures:
  n: {of: account, value: 'products.count(stage != "x")'}
  sum: {of: account, value: 'products.sum(events(92))'}
  share: {of: account, value: 'products.share(events(92) >= 1)'}
  avg: {of: account, value: 'products.mean(days_since_use)'}

== input
2026-03-01 usage acme crm x3
2026-03-01T13:00Z usage acme mail x5
2026-03-01T14:00Z entitlement acme mail active
2026-03-01T15:00Z entitlement acme mail ended
2026-03-01T16:00Z entitlement acme hub active
ask acme n; sum; share; avg
2026-05-31 ask acme n; sum
2026-06-01 ask acme n; sum; share; avg
2026-06-02 account acme closed=2026-06-02
ask acme n; sum; share

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-01T13:00Z  acme/mail  none → activated, no term  (line 2)
2026-03-01T15:00Z  acme/mail  activated → none, no term  (line 4)
2026-03-01T16:00Z  acme/hub  none → entitled, term  (line 5)
2026-03-01  acme  n = 2
2026-03-01  acme  sum = 3
2026-03-01  acme  share = 0.5
2026-03-01  acme  avg = 0
2026-04-07T00:00Z  acme/crm  activated → entitled, no term  (day 2026-04-07)
2026-05-31  acme  n = 2
2026-05-31  acme  sum = 3
2026-06-01  acme  n = 1
2026-06-01  acme  sum = 0
2026-06-01  acme  share = 0
2026-06-01  acme  avg = null
2026-06-02T12:00Z  acme/crm  entitled → none, no term  (line 9)
2026-06-02T12:00Z  acme/hub  entitled → none, no term  (line 9)
2026-06-02  acme  n = 0
2026-06-02  acme  sum = 0
2026-06-02  acme  share = null
