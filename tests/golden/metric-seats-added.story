Seats of D less those of D - N, at the end of that day as it was lived; missing unless both are there.

== playbook
products:
  crm: {adopted: events >= 1000}
alerts:
  more: {scope: product, open: 'seats_added(2) > 0'}

== input
2026-03-01 entitlement acme crm active seats=5
2026-03-02 entitlement acme crm active seats=8
ask acme crm.seats_added(1); crm.seats_added(2)
2026-03-03 ask acme crm.seats_added(1); crm.seats_added(2)
2026-03-05 entitlement acme crm active
ask acme crm.seats_added(1)
until 2026-03-07

== output without evidence
2026-03-01T12:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-02  acme  crm.seats_added(1) = 3
2026-03-02  acme  crm.seats_added(2) = null
2026-03-03T00:00Z  acme/crm  alert more opens  (day 2026-03-03)
2026-03-03  acme  crm.seats_added(1) = 0
2026-03-03  acme  crm.seats_added(2) = 3
2026-03-04T00:00Z  acme/crm  alert more clears: condition, open 1 days since 2026-03-03T00:00Z  (day 2026-03-04)
2026-03-05  acme  crm.seats_added(1) = null
