The days that are read: through measures, and what those read, personas and figures; from D - N on for what looks back there. What is compared inside
a number has no line of its own.

== playbook
products:
  crm: {settle_days: 1, features: {a: {}}, adopted: events >= 1000}
personas:
  p: {among: known_days >= 0, keeps: 'active_days(20) >= 1'}
measures:
  one: {of: account, value: 'crm.events(7) + two'}
  two: {of: account, value: 'crm.events(14)'}
  three: {of: account, value: '(one > 3 ? crm.seats : crm.events(2))'}
alerts:
  a: {scope: account, open: 'one >= 1', judge: live}
  b: {scope: account, open: 'three >= 1', judge: live}
  c: {scope: product, open: 'or(seats_added(20), 0) >= 0'}
  d: {scope: account, open: 'or(mrr_change(10), 1) >= 0'}
  e: {scope: product, open: 'or(usage_change(5), 0) >= 0'}
  f: {scope: product, open: 'or(utilization_change(5), 0) >= 0'}
  g: {scope: account, open: 'persona("p") >= 0', judge: live}
  h: {scope: account, open: 'users.count(active_days(9) >= 1) >= 1', judge: live}
  i: {scope: account, open: 'key_users_gone(6) >= 0', judge: live}
  j: {scope: account, open: 'products_added(11) >= 0 && products_lost(12) >= 0'}
  k: {scope: product, open: 'active_weeks(3) >= 1 && complete.events(4) >= 0 && days_since_use >= 0 && stage_days >= 0'}
  l: {scope: user, open: 'active_weeks(2) >= 1 && features_used(3) >= 0 && days_since_use >= 0'}

== input
2026-03-31 usage acme crm a user=ann

== output
2026-03-31T12:00Z  acme/crm  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2026-03-02..2026-03-31
2026-03-31T12:00Z  acme  alert a opens  (line 1)
    one = 2  >= 1  2026-03-18..2026-03-31
2026-03-31T12:00Z  acme  alert b opens  (line 1)
    three = 1  >= 1  2026-03-18..2026-03-31
2026-03-31T12:00Z  acme/crm  alert c opens  (line 1)
    or(seats_added(20), 0) = 0  >= 0  2026-03-11..2026-03-31
2026-03-31T12:00Z  acme  alert d opens  (line 1)
    or(mrr_change(10), 1) = 1  >= 0  2026-03-21..2026-03-31
2026-03-31T12:00Z  acme/crm  alert e opens  (line 1)
    or(usage_change(5), 0) = 0  >= 0  2026-03-20..2026-03-29
2026-03-31T12:00Z  acme/crm  alert f opens  (line 1)
    or(utilization_change(5), 0) = 0  >= 0  2026-03-22..2026-03-31
2026-03-31T12:00Z  acme  alert g opens  (line 1)
    persona("p") = 1  >= 0  2026-03-12..2026-03-31
2026-03-31T12:00Z  acme  alert h opens  (line 1)
    users.count(active_days(9) >= 1) = 1  >= 1  2026-03-23..2026-03-31
2026-03-31T12:00Z  acme  alert i opens  (line 1)
    key_users_gone(6) = 0  >= 0  2026-03-19..2026-03-31
2026-03-31T12:00Z  acme  alert j opens  (line 1)
    products_added(11) = 0  >= 0  2026-03-21..2026-03-31
    products_lost(12) = 0  >= 0  2026-03-20..2026-03-31
2026-03-31T12:00Z  acme/crm  alert k opens  (line 1)
    active_weeks(3) = 1  >= 1  2026-03-11..2026-03-31
    complete.events(4) = 0  >= 0  2026-03-26..2026-03-29
    days_since_use = 0  >= 0
    stage_days = 0  >= 0
2026-03-31T12:00Z  acme/ann  alert l opens  (line 1)
    active_weeks(2) = 1  >= 1  2026-03-18..2026-03-31
    features_used(3) = 1  >= 0  2026-03-29..2026-03-31
    days_since_use = 0  >= 0
