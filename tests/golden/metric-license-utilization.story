Ratios compare exactly: 3 of 5 is not below 0.6. Seats that are absent or 0 make it missing, and what is missing opens nothing.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 3
alerts:
  low:
    scope: product
    open: license_utilization < 0.6
    clear: license_utilization >= 0.65

== input
2026-03-01T01:00Z usage acme crm user=ann
2026-03-01T02:00Z usage acme crm user=bob
2026-03-01T03:00Z usage acme crm user=cid
2026-03-01T04:00Z entitlement acme crm active seats=5
2026-03-01T05:00Z entitlement acme crm active seats=6
2026-03-01T06:00Z entitlement acme crm active seats=5
2026-03-01T07:00Z entitlement acme crm active seats=4
2026-03-01T08:00Z entitlement acme crm active seats=0
ask acme crm.license_utilization; crm.seats

== output
2026-03-01T01:00Z  acme/crm  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-01T05:00Z  acme/crm  alert low opens  (line 5)
    license_utilization(30) = 0.5  < 0.6  2026-01-31..2026-03-01
2026-03-01T07:00Z  acme/crm  alert low clears: condition, open 0 days since 2026-03-01T05:00Z  (line 7)
    license_utilization(30) = 0.75  >= 0.65  2026-01-31..2026-03-01
2026-03-01  acme  crm.license_utilization = null
2026-03-01  acme  crm.seats = 0
