Who buys seats is not idle the same second: `seats_days` count from the day on which the sum was last seen to change, from missing and to missing,
too. A term that is told again with as many seats, or takes over with as many, changes nothing.

== playbook
products:
  crm: {name: CRM}
alerts:
  idle: {scope: product, open: license_utilization < 0.6 && seats_days >= 10, clear: license_utilization >= 0.65 || seats_days < 10}

== input
2026-03-01 entitlement acme crm active seats=3
2026-03-01 usage acme crm user=ann
2026-03-05 entitlement acme crm active seats=3 plan=pro
ask acme crm.seats_days
2026-03-06 entitlement acme crm active seats=3 starts=2026-03-08
2026-03-11T01:00Z ask acme crm.seats_days
2026-03-13 entitlement acme crm active seats=4
2026-03-13T13:00Z entitlement acme crm active seats=3
ask acme crm.seats_days
2026-03-14 entitlement acme crm active
ask acme crm.seats; crm.seats_days
2026-03-15 entitlement acme crm active seats=3
until 2026-03-25

== output
2026-03-01T12:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-01T12:00Z  acme/crm  entitled → adopted, term  (line 2)
    active_days(7) = 1  >= 1  2026-02-23..2026-03-01
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 2)
    products_adopted = 1  >= 1
2026-03-05  acme  crm.seats_days = 4
2026-03-11T00:00Z  acme/crm  alert idle opens  (day 2026-03-11)
    license_utilization(30) = 0.3333333333333333  < 0.6  2026-02-10..2026-03-11
    seats_days = 10  >= 10
2026-03-11  acme  crm.seats_days = 10
2026-03-13T12:00Z  acme/crm  alert idle clears: condition, open 2 days since 2026-03-11T00:00Z  (line 7)
    license_utilization(30) = 0.25  >= 0.65  2026-02-12..2026-03-13
    seats_days = 0  < 10
2026-03-13  acme  crm.seats_days = 0
2026-03-14  acme  crm.seats = null
2026-03-14  acme  crm.seats_days = null
2026-03-15T00:00Z  acme/crm  adopted → activated, term  (day 2026-03-15)
    active_days(7) = 0  >= 1  2026-03-09..2026-03-15
2026-03-15T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2026-03-15)
    products_adopted = 0  >= 1
2026-03-25T00:00Z  acme/crm  alert idle opens  (day 2026-03-25)
    license_utilization(30) = 0.3333333333333333  < 0.6  2026-02-24..2026-03-25
    seats_days = 10  >= 10
