Two orders of a product are two terms: an event replaces the term of its id and no other. `seats` is the sum over those that have any; `plan` and
`ends` are those of the term that ends last, of two that end together the later told, and one without an end ends later than any. A term is
`trialing` where all are. `ended` with an id ends that term; without one it ends all, and drops all that wait.

| | in force | seats | ends last |
|---|---|---|---|
| 03-01 | order-1 to 12-31 | 4 | order-1, basic |
| 03-05 | order-1, order-2 to 12-31 | 4 + 3 | order-2, told later: pro |
| 03-06 | these and one without an id, without an end, without seats | 7 | the one without an end: free |
| 03-07 | order-1 ended | 3 | |
| 03-10 | the one without an id ended by its date | 3 | order-2, which is trialing: pro |

== playbook
products:
  crm: {name: CRM}
alerts:
  trial: {scope: product, open: trialing && plan == "pro"}

== input
2026-03-01 entitlement acme crm active term=order-1 seats=4 plan=basic starts=2026-01-01 ends=2026-12-31
ask acme crm.seats; crm.seats_days; crm.entitled_days; crm.plan; crm.trialing; crm.term_days_left
2026-03-05 entitlement acme crm trialing term=order-2 seats=3 plan=pro ends=2026-12-31
ask acme crm.seats; crm.seats_days; crm.plan; crm.trialing
2026-03-06 entitlement acme crm active plan=free
ask acme crm.seats; crm.seats_days; crm.plan; crm.term_days_left
2026-03-07 entitlement acme crm ended term=order-1
ask acme crm.seats; crm.seats_days; crm.entitled_days; crm.plan
2026-03-08 entitlement acme crm active term=order-3 seats=9 starts=2026-03-20
2026-03-09 entitlement acme crm active plan=free ends=2026-03-09
2026-03-10 ask acme crm.seats; crm.plan; crm.trialing; crm.term_days_left
2026-03-12 entitlement acme crm ended
2026-03-21 ask acme crm.seats; crm.seats_days; crm.entitled; crm.plan; crm.trialing
2026-03-22 entitlement acme crm active term=order-3 seats=9
ask acme crm.seats; crm.seats_days; crm.entitled_days; crm.plan; crm.trialing

== output
2026-03-01T12:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-01  acme  crm.seats = 4
2026-03-01  acme  crm.seats_days = 0
2026-03-01  acme  crm.entitled_days = 59
2026-03-01  acme  crm.plan = "basic"
2026-03-01  acme  crm.trialing = false
2026-03-01  acme  crm.term_days_left = 305
2026-03-05  acme  crm.seats = 7
2026-03-05  acme  crm.seats_days = 0
2026-03-05  acme  crm.plan = "pro"
2026-03-05  acme  crm.trialing = false
2026-03-06  acme  crm.seats = 7
2026-03-06  acme  crm.seats_days = 1
2026-03-06  acme  crm.plan = "free"
2026-03-06  acme  crm.term_days_left = null
2026-03-07  acme  crm.seats = 3
2026-03-07  acme  crm.seats_days = 0
2026-03-07  acme  crm.entitled_days = 65
2026-03-07  acme  crm.plan = "free"
2026-03-10T00:00Z  acme/crm  alert trial opens  (day 2026-03-10)
    plan = "pro"  == "pro"
2026-03-10  acme  crm.seats = 3
2026-03-10  acme  crm.plan = "pro"
2026-03-10  acme  crm.trialing = true
2026-03-10  acme  crm.term_days_left = 296
2026-03-12T12:00Z  acme/crm  entitled → none, no term  (line 12)
2026-03-12T12:00Z  acme/crm  alert trial clears: no_longer_applies, open 2 days since 2026-03-10T00:00Z  (line 12)
2026-03-21  acme  crm.seats = null
2026-03-21  acme  crm.seats_days = null
2026-03-21  acme  crm.entitled = false
2026-03-21  acme  crm.plan = null
2026-03-21  acme  crm.trialing = null
2026-03-22T12:00Z  acme/crm  none → entitled, term  (line 14)
2026-03-22  acme  crm.seats = 9
2026-03-22  acme  crm.seats_days = 0
2026-03-22  acme  crm.entitled_days = 0
2026-03-22  acme  crm.plan = null
2026-03-22  acme  crm.trialing = false
