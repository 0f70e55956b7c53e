That the account was closed is told late. Nothing falls before the next cause that is not late, which is the boundary to 03-11; what is open clears
at once, for that is in the account's favour, and is not told to be before its opening.

== playbook
products:
  crm: {name: CRM}
alerts:
  busy: {scope: product, open: events >= 1}

== input
2026-03-10T01:00Z entitlement acme crm active
2026-03-10T02:00Z usage acme crm
2026-03-08 account acme closed=2026-03-09
ask acme crm.entitled
until 2026-03-12

== output
2026-03-10T01:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-10T02:00Z  acme/crm  entitled → adopted, term  (line 2)
    active_days(7) = 1  >= 1  2026-03-04..2026-03-10
2026-03-10T02:00Z  acme  not_adopted → single_product, 1 adopted  (line 2)
    products_adopted = 1  >= 1
2026-03-10T02:00Z  acme/crm  alert busy opens  (line 2)
    events(30) = 1  >= 1  2026-02-09..2026-03-10
2026-03-10T02:00Z  acme/crm  alert busy clears: account_closed, open 0 days since 2026-03-10T02:00Z  (line 3)
2026-03-10  acme  crm.entitled = false
2026-03-11T00:00Z  acme/crm  adopted → none, no term  (day 2026-03-11)
2026-03-11T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2026-03-11)
    products_adopted = 0  >= 1
