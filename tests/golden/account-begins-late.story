An account begins with its first accepted event, on the clock's day, however old the event is. Its facts are of their own days: used on
03-10, the product is held by that use on 05-20, but not activated, which asks for the last 30 days. That its
term ended on 03-20 is told late, so that nothing falls before the next term is told. It was never in force: the days
of entitlement count from the begin of the next one, 03-21.

== playbook
products:
  crm: {name: CRM, adopted: events >= 100}

== input
2026-05-20 tick
2026-03-10 usage acme crm x3
ask acme observed_days; crm.events; crm.events(92)
2026-03-09 gauge acme crm level 4
ask acme crm.gauge("level"); crm.gauge("level", 92)
2026-03-01 entitlement acme crm active ends=2026-03-20
2026-05-20 entitlement acme crm active starts=2026-03-21
ask acme crm.entitled_days

== output
2026-03-10T12:00Z  acme/crm  none → entitled, no term  (line 2)
2026-05-20  acme  observed_days = 0
2026-05-20  acme  crm.events = 0
2026-05-20  acme  crm.events(92) = 3
2026-05-20  acme  crm.gauge("level") = 0.0
2026-05-20  acme  crm.gauge("level", 92) = 4.0
2026-05-20  acme  crm.entitled_days = 60
