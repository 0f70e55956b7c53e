A term that starts after D waits, one at most, and replaces the present one on its day. `ended` drops the waiting term too, and its
own `starts` is ignored; any other event leaves it. An event replaces the term as a whole.

== playbook
products:
  crm: {name: CRM}

== input
2026-03-01 entitlement acme crm active seats=10
2026-03-02 entitlement acme crm active starts=2026-03-10 seats=20
2026-03-03 entitlement acme crm active starts=2026-03-12 seats=30
2026-03-04 entitlement acme crm active seats=11
2026-03-11 ask acme crm.seats; crm.entitled_days
2026-03-12T00:00Z ask acme crm.seats; crm.entitled_days
2026-03-13 entitlement acme crm active starts=2026-03-20 seats=40
2026-03-14 entitlement acme crm ended starts=2026-04-01
2026-03-20 ask acme crm.seats; crm.entitled_days; crm.entitled
2026-03-21 entitlement acme crm trialing
ask acme crm.seats; crm.entitled_days; crm.entitled

== output
2026-03-01T12:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-11  acme  crm.seats = 11
2026-03-11  acme  crm.entitled_days = 10
2026-03-12  acme  crm.seats = 30
2026-03-12  acme  crm.entitled_days = 11
2026-03-14T12:00Z  acme/crm  entitled → none, no term  (line 8)
2026-03-20  acme  crm.seats = null
2026-03-20  acme  crm.entitled_days = null
2026-03-20  acme  crm.entitled = false
2026-03-21T12:00Z  acme/crm  none → entitled, term  (line 10)
2026-03-21  acme  crm.seats = null
2026-03-21  acme  crm.entitled_days = 0
2026-03-21  acme  crm.entitled = true
