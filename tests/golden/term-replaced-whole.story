An entitlement event replaces the term as a whole: absent seats are no seats.

== playbook
products:
  crm: {name: CRM}

== input
2026-03-01T01:00Z entitlement acme crm trialing seats=10 plan=gold
ask acme crm.seats
2026-03-01T02:00Z entitlement acme crm active plan=gold
ask acme crm.seats

== output
2026-03-01T01:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-01  acme  crm.seats = 10
2026-03-01  acme  crm.seats = null
