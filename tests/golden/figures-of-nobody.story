Figures of nobody and of nothing: counts and sums are 0, all else is missing. Usage that names no user makes none.

== playbook
products:
  crm: {adopted: events >= 1000}
measures:
  u_count: {of: account, value: 'users.count(key)'}
  u_share: {of: account, value: 'users.share(key)'}
  u_mean: {of: account, value: 'users.mean(known_days)'}
  u_min: {of: account, value: 'users.min(known_days)'}
  p_count: {of: account, value: 'products.count(active_days >= 0)'}
  p_share: {of: account, value: 'products.share(active_days >= 0)'}
  p_sum: {of: account, value: 'products.sum(events)'}
  p_mean: {of: account, value: 'products.mean(events)'}
  p_max: {of: account, value: 'products.max(events)'}
  p_sum_among: {of: account, value: 'products.sum(events, trialing)'}
  pu_share: {of: product, value: 'users.share(active_days >= 1)'}

== input
2026-03-01 account acme employees=5
ask acme u_count; u_share; u_mean; u_min; p_count; p_share; p_sum; p_mean; p_max; crm.pu_share
2026-03-02 usage acme crm
ask acme u_count; u_share; p_count; p_share; p_sum; p_mean; p_max; p_sum_among; crm.pu_share

== output without evidence
2026-03-01  acme  u_count = 0
2026-03-01  acme  u_share = null
2026-03-01  acme  u_mean = null
2026-03-01  acme  u_min = null
2026-03-01  acme  p_count = 0
2026-03-01  acme  p_share = null
2026-03-01  acme  p_sum = 0
2026-03-01  acme  p_mean = null
2026-03-01  acme  p_max = null
2026-03-01  acme  crm.pu_share = null
2026-03-02T12:00Z  acme/crm  none → activated, no term  (line 3)
2026-03-02  acme  u_count = 0
2026-03-02  acme  u_share = null
2026-03-02  acme  p_count = 1
2026-03-02  acme  p_share = 1
2026-03-02  acme  p_sum = 1
2026-03-02  acme  p_mean = 1
2026-03-02  acme  p_max = 1
2026-03-02  acme  p_sum_among = 0
2026-03-02  acme  crm.pu_share = null
