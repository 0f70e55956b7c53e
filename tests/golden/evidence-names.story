Names are canonical: every default written out (here `window_days: 14`), the product dropped where it is the subject's, for whomever it
was written. The threshold is the value of the right side, the window all the days read.

== playbook
window_days: 14
products:
  crm:
    features: {a: }
    adopted: events("a") >= 100
  hub: {name: Hub, adopted: events >= 100}
alerts:
  pair: {scope: product, open: "crm.events('a') >= 1.50 && hub.active_users() >= 1"}
  both: {scope: account, open: crm.events(7) + hub.events >= crm.seats * 0.5}
  negative: {scope: account, open: -employees < -100 && days_to_renewal <= -1}

== input
2026-03-20T01:00Z entitlement acme crm active seats=5
2026-03-20T02:00Z usage acme crm a user=ann x2
2026-03-20T03:00Z usage acme hub user=ann
2026-03-20T04:00Z account acme employees=200 contract={"renewal":"2026-03-18"}

== output
2026-03-20T01:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-20T02:00Z  acme/crm  entitled → activated, term  (line 2)
    active_days(14) = 1  >= 1  2026-03-07..2026-03-20
2026-03-20T03:00Z  acme/hub  none → activated, no term  (line 3)
    active_days(14) = 1  >= 1  2026-03-07..2026-03-20
2026-03-20T03:00Z  acme/crm  alert pair opens  (line 3)
    events("a", 14) = 2  >= 1.5  2026-03-07..2026-03-20
    hub.active_users(14) = 1  >= 1  2026-03-07..2026-03-20
2026-03-20T03:00Z  acme/hub  alert pair opens  (line 3)
    crm.events("a", 14) = 2  >= 1.5  2026-03-07..2026-03-20
    active_users(14) = 1  >= 1  2026-03-07..2026-03-20
2026-03-20T03:00Z  acme  alert both opens  (line 3)
    crm.events(7) + hub.events(14) = 3  >= 2.5  2026-03-07..2026-03-20
2026-03-20T04:00Z  acme  alert negative opens  (line 4)
    -employees = -200  < -100
    days_to_renewal = -2  <= -1
