From the day `closed` on nothing of the account is in force, whatever its terms say: on that day's boundary every stage falls to none, without hold
and of a product never told too, and what is open clears with the reason `account_closed`, in the usual order. No rule is judged, and facts go on.
A later day, or none, opens it again, on which everything is judged: what must have been true for some days begins anew, and a cooldown counts from
the closing. The days of entitlement run on, as its term began before; the seats were missing. Of globex and initech nothing else is due on the day
on which they close.

== playbook
products:
  crm: {name: CRM}
  portal: {name: Portal}
alerts:
  busy: {scope: product, open: events >= 1, cooldown_days: 10}
  large: {scope: account, open: employees >= 10, for_days: 2}
plays:
  grow: {scope: account, open: products_adopted >= 1, due_days: 5}

== input
2026-03-01T01:00Z account acme employees=50
2026-03-01T02:00Z entitlement acme crm active seats=5
2026-03-01T03:00Z usage acme crm
2026-03-01T04:00Z usage acme portal
2026-03-01T05:00Z entitlement globex crm active
2026-03-01T06:00Z account globex closed=2026-03-10
2026-03-01T07:00Z entitlement initech crm active
2026-03-05 account acme closed=2026-03-10
2026-03-05 account initech closed=2026-03-10
2026-03-10T09:00Z usage acme crm
2026-03-12 ask acme crm.entitled; crm.seats; crm.seats_days; crm.entitled_days; crm.trialing; crm.events; products_entitled
2026-03-15T11:00Z account initech clear=["closed"]
2026-03-15 account acme closed=2027-01-01
ask acme crm.entitled; crm.seats; crm.seats_days; crm.entitled_days
until 2026-03-21

== output
2026-03-01T02:00Z  acme/crm  none → entitled, term  (line 2)
2026-03-01T03:00Z  acme/crm  entitled → adopted, term  (line 3)
    active_days(7) = 1  >= 1  2026-02-23..2026-03-01
2026-03-01T03:00Z  acme  not_adopted → single_product, 1 adopted  (line 3)
    products_adopted = 1  >= 1
2026-03-01T03:00Z  acme/crm  alert busy opens  (line 3)
    events(30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-01T03:00Z  acme  play grow opens, due 2026-03-06  (line 3)
    products_adopted = 1  >= 1
2026-03-01T04:00Z  acme/portal  none → adopted, no term  (line 4)
    active_days(7) = 1  >= 1  2026-02-23..2026-03-01
2026-03-01T04:00Z  acme  single_product → multi_product, 2 adopted  (line 4)
    products_adopted = 2  >= 2
2026-03-01T04:00Z  acme/portal  alert busy opens  (line 4)
    events(30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-01T05:00Z  globex/crm  none → entitled, term  (line 5)
2026-03-01T07:00Z  initech/crm  none → entitled, term  (line 7)
2026-03-03T00:00Z  acme  alert large opens  (day 2026-03-03)
    employees = 50  >= 10
2026-03-07T00:00Z  acme  play grow updated, due 2026-03-06, overdue  (day 2026-03-07)
2026-03-10T00:00Z  acme/crm  adopted → none, no term  (day 2026-03-10)
2026-03-10T00:00Z  acme/portal  adopted → none, no term  (day 2026-03-10)
2026-03-10T00:00Z  acme  multi_product → not_adopted, 0 adopted  (day 2026-03-10)
    products_adopted = 0  >= 1
2026-03-10T00:00Z  acme/crm  alert busy clears: account_closed, open 9 days since 2026-03-01T03:00Z  (day 2026-03-10)
2026-03-10T00:00Z  acme/portal  alert busy clears: account_closed, open 9 days since 2026-03-01T04:00Z  (day 2026-03-10)
2026-03-10T00:00Z  acme  alert large clears: account_closed, open 7 days since 2026-03-03T00:00Z  (day 2026-03-10)
2026-03-10T00:00Z  acme  play grow closes: account_closed, open 9 days since 2026-03-01T03:00Z, due 2026-03-06  (day 2026-03-10)
2026-03-10T00:00Z  globex/crm  entitled → none, no term  (day 2026-03-10)
2026-03-10T00:00Z  initech/crm  entitled → none, no term  (day 2026-03-10)
2026-03-12  acme  crm.entitled = false
2026-03-12  acme  crm.seats = null
2026-03-12  acme  crm.seats_days = null
2026-03-12  acme  crm.entitled_days = null
2026-03-12  acme  crm.trialing = null
2026-03-12  acme  crm.events = 2
2026-03-12  acme  products_entitled = 0
2026-03-15T11:00Z  initech/crm  none → entitled, term  (line 12)
2026-03-15T12:00Z  acme/crm  none → adopted, term  (line 13)
    active_days(7) = 1  >= 1  2026-03-09..2026-03-15
2026-03-15T12:00Z  acme/portal  none → activated, no term  (line 13)
    active_days(30) = 1  >= 1  2026-02-14..2026-03-15
2026-03-15T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 13)
    products_adopted = 1  >= 1
2026-03-15T12:00Z  acme  play grow opens, due 2026-03-20  (line 13)
    products_adopted = 1  >= 1
2026-03-15  acme  crm.entitled = true
2026-03-15  acme  crm.seats = 5
2026-03-15  acme  crm.seats_days = 0
2026-03-15  acme  crm.entitled_days = 14
2026-03-17T00:00Z  acme  alert large opens  (day 2026-03-17)
    employees = 50  >= 10
2026-03-20T00:00Z  acme/crm  alert busy opens  (day 2026-03-20)
    events(30) = 2  >= 1  2026-02-19..2026-03-20
2026-03-20T00:00Z  acme/portal  alert busy opens  (day 2026-03-20)
    events(30) = 1  >= 1  2026-02-19..2026-03-20
2026-03-21T00:00Z  acme  play grow updated, due 2026-03-20, overdue  (day 2026-03-21)
