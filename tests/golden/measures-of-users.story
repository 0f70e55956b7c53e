A user's measure is of the account's user wherever it is read, a user's metric in the expression of a product is of the use of that product. A figure
of products may read a measure that holds a figure of users.

== playbook
products:
  crm: {features: {a: {}}, adopted: events >= 1000}
  mail: {adopted: events >= 1000}
measures:
  busy: {of: user, value: 'active_days(7)'}
  by_measure: {of: product, value: 'users.count(busy >= 2)'}
  by_metric: {of: product, value: 'users.count(active_days(7) >= 2)'}
  crm_users: {of: account, value: 'users.count(crm.active_days(7) >= 1)'}
  crm_first: {of: account, value: 'users.max(crm.days_since_first_use)'}
  first: {of: account, value: 'users.max(days_since_first_use)'}
  mean_rate: {of: account, value: 'products.mean(rate)'}
  rate: {of: product, value: 'users.share(active_days >= 1)'}
  two: {of: user, value: 'products_used'}
  avg_two: {of: account, value: 'users.mean(two)'}

== input
2026-03-01 usage acme mail user=ann
2026-03-02 usage acme crm a user=ann
2026-03-02T13:00Z usage acme crm a user=ben
ask acme crm.by_measure; mail.by_measure; crm.by_metric; mail.by_metric; crm_users; crm_first; first; mean_rate; crm.rate; mail.rate; avg_two

== output without evidence
2026-03-01T12:00Z  acme/mail  none → activated, no term  (line 1)
2026-03-02T12:00Z  acme/crm  none → activated, no term  (line 2)
2026-03-02  acme  crm.by_measure = 1
2026-03-02  acme  mail.by_measure = 1
2026-03-02  acme  crm.by_metric = 0
2026-03-02  acme  mail.by_metric = 0
2026-03-02  acme  crm_users = 2
2026-03-02  acme  crm_first = 0
2026-03-02  acme  first = 1
2026-03-02  acme  mean_rate = 0.75
2026-03-02  acme  crm.rate = 1
2026-03-02  acme  mail.rate = 0.5
2026-03-02  acme  avg_two = 1.5
