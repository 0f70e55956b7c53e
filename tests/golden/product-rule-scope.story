A product rule is judged only while the product's stage is not none, and opens anew when it is so again. A condition that holds from
the start opens nothing for a product of which nothing is known.

== playbook
products:
  crm: {name: CRM}
  hub: {name: Hub}
alerts:
  idle: {scope: product, open: events < 1}

== input
2026-03-01 touchpoint acme call
2026-03-02 entitlement acme crm active
2026-03-03 entitlement acme crm ended
2026-03-04 entitlement acme crm active

== output
2026-03-02T12:00Z  acme/crm  none → entitled, term  (line 2)
2026-03-02T12:00Z  acme/crm  alert idle opens  (line 2)
    events(30) = 0  < 1  2026-02-01..2026-03-02
2026-03-03T12:00Z  acme/crm  entitled → none, no term  (line 3)
2026-03-03T12:00Z  acme/crm  alert idle clears: no_longer_applies, open 1 days since 2026-03-02T12:00Z  (line 3)
2026-03-04T12:00Z  acme/crm  none → entitled, term  (line 4)
2026-03-04T12:00Z  acme/crm  alert idle opens  (line 4)
    events(30) = 0  < 1  2026-02-03..2026-03-04
