A prefix is dropped where the bare name means the same: `account.` in what is about a product where no product has such a name, `crm.` in what is
about crm; never the account's in what is about a user.

== playbook
products:
  crm: {features: {a: {}}, adopted: events >= 1000}
  mail: {adopted: events >= 1000}
measures:
  heads: {of: account, value: 'employees'}
  load: {of: product, value: 'events(7)'}
  busy: {of: user, value: 'active_days(7)'}
alerts:
  a: {scope: product, products: [crm], judge: live, open: 'account.employees >= 1 && account.events >= 1 && crm.events(3) >= 1 && mail.events == 0 && account.heads >= 1 && heads >= 1 && crm.load >= 1 && mail.load == 0'}
  b: {scope: account, judge: live, open: 'account.employees >= 1 && account.events >= 1 && account.heads >= 1 && crm.load >= 1'}
  c: {scope: user, judge: live, open: 'account.employees >= 1 && busy >= 1 && crm.active_days(7) >= 1 && account.heads >= 1'}

== input
2026-03-01 account acme employees=5
2026-03-02 usage acme crm a user=ann

== output
2026-03-02T12:00Z  acme/crm  none → activated, no term  (line 2)
    active_days(30) = 1  >= 1  2026-02-01..2026-03-02
2026-03-02T12:00Z  acme/crm  alert a opens  (line 2)
    employees = 5  >= 1
    account.events(30) = 1  >= 1  2026-02-01..2026-03-02
    events(3) = 1  >= 1  2026-02-28..2026-03-02
    mail.events(30) = 0  == 0  2026-02-01..2026-03-02
    heads = 5  >= 1
    heads = 5  >= 1
    load = 1  >= 1  2026-02-24..2026-03-02
    mail.load = 0  == 0  2026-02-24..2026-03-02
2026-03-02T12:00Z  acme  alert b opens  (line 2)
    employees = 5  >= 1
    events(30) = 1  >= 1  2026-02-01..2026-03-02
    heads = 5  >= 1
    crm.load = 1  >= 1  2026-02-24..2026-03-02
2026-03-02T12:00Z  acme/ann  alert c opens  (line 2)
    account.employees = 5  >= 1
    busy = 1  >= 1  2026-02-24..2026-03-02
    crm.active_days(7) = 1  >= 1  2026-02-24..2026-03-02
    account.heads = 5  >= 1
