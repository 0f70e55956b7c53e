In the expression of a product the use is of that product, and who never used it counts, too; with another product before it, of that one.

== playbook
products:
  crm: {features: {a: {}}, adopted: events >= 1000}
  mail: {features: {b: {}}, adopted: events >= 1000}
measures:
  rate: {of: product, value: 'users.share(active_days(7) >= 1)'}
  n: {of: product, value: 'users.count(days_since_use >= 0)'}
  never: {of: product, value: 'users.count(!known(days_since_use))'}
  most: {of: product, value: 'users.max(active_days(7), level == "ic")'}
  rate_all: {of: account, value: 'users.share(active_days(7) >= 1)'}
  of_mail: {of: product, value: 'users.count(mail.active_days(7) >= 1)'}

== input
2026-03-01 usage acme crm user=ann
2026-03-02 usage acme crm user=ann
2026-03-02T13:00Z usage acme mail user=ben
2026-03-02T14:00Z user acme ann level=ic
2026-03-02T15:00Z user acme cid level=ic
ask acme crm.rate; mail.rate; crm.n; mail.n; crm.never; mail.never; crm.most; mail.most; rate_all; crm.of_mail

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-02T13:00Z  acme/mail  none → activated, no term  (line 3)
2026-03-02  acme  crm.rate = 0.333333
2026-03-02  acme  mail.rate = 0.333333
2026-03-02  acme  crm.n = 1
2026-03-02  acme  mail.n = 1
2026-03-02  acme  crm.never = 2
2026-03-02  acme  mail.never = 2
2026-03-02  acme  crm.most = 2
2026-03-02  acme  mail.most = 0
2026-03-02  acme  rate_all = 0.666667
2026-03-02  acme  crm.of_mail = 1
