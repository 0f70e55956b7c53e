Who is counted: ben is internal until he is not, cid has left today, dan turns out to be ann, eve leaves in two days and comes back.

== playbook
products:
  crm: {adopted: events >= 1000}
measures:
  n: {of: account, value: 'users.count(known_days >= 0)'}
  share: {of: account, value: 'users.share(active_days >= 1)'}

== input
2026-03-01 usage acme crm user=ann
2026-03-01T13:00Z user acme ben internal=true
2026-03-01T14:00Z usage acme crm user=cid
2026-03-01T15:00Z usage acme crm user=dan
2026-03-01T16:00Z user acme eve left=2026-03-03
2026-03-01T17:00Z user acme cid left=2026-03-01
ask acme n; share; users_known; login_rate; crm.active_users
2026-03-01T18:00Z user acme dan merged_into=ann
ask acme n; share; users_known; login_rate
2026-03-03 ask acme n; share; users_known
2026-03-04 user acme eve clear=["left"]
ask acme n; share; users_known
2026-03-04T13:00Z user acme ben internal=false
ask acme n; share; users_known

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-01  acme  n = 3
2026-03-01  acme  share = 0.666667
2026-03-01  acme  users_known = 3
2026-03-01  acme  login_rate = 0.6666666666666666
2026-03-01  acme  crm.active_users = 2
2026-03-01  acme  n = 2
2026-03-01  acme  share = 0.5
2026-03-01  acme  users_known = 2
2026-03-01  acme  login_rate = 0.5
2026-03-03  acme  n = 1
2026-03-03  acme  share = 1
2026-03-03  acme  users_known = 1
2026-03-04  acme  n = 2
2026-03-04  acme  share = 0.5
2026-03-04  acme  users_known = 2
2026-03-04  acme  n = 3
2026-03-04  acme  share = 0.333333
2026-03-04  acme  users_known = 3
