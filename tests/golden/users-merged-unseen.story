Neither of two who turn out to be one need be seen before: both are known from then on. Chains are followed, and what is told of the old ids is the
last one's.

== playbook
products:
  crm: {adopted: events >= 1000}
alerts:
  n: {scope: user, open: 'known_days >= 0'}

== input
2026-03-01 user acme ann merged_into=ben
ask acme users_known
2026-03-02 user acme ben merged_into=cid
ask acme users_known
2026-03-03 usage acme crm user=ann
ask acme crm.active_users; users_known
2026-03-03T13:00Z user acme ann level=ic
ask acme/cid level; known_days; active_days

== output without evidence
2026-03-01T12:00Z  acme/ben  alert n opens  (line 1)
2026-03-01  acme  users_known = 1
2026-03-02T12:00Z  acme/ben  alert n clears: no_longer_applies, open 1 days since 2026-03-01T12:00Z  (line 3)
2026-03-02T12:00Z  acme/cid  alert n opens  (line 3)
2026-03-02  acme  users_known = 1
2026-03-03T12:00Z  acme/crm  none → activated, no term  (line 5)
2026-03-03  acme  crm.active_users = 1
2026-03-03  acme  users_known = 1
2026-03-03  acme/cid  level = "ic"
2026-03-03  acme/cid  known_days = 2
2026-03-03  acme/cid  active_days = 1
