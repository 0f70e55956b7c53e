Five days of grace: a term to 03-31 is in force up to 04-05, unless the dates of another hold the day. A renewal booked late is no churn, and
`entitled_days` run on where a term was in force on some day from the one before the renewal's begin on.

| | renewal | entitled since |
|---|---|---|
| acme | on 04-03, another id, from 04-01; both never count at once | 01-01 |
| globex | on 04-08, from 04-01: it had fallen on 04-06, and was in force on 04-05 | 01-01 |
| initech | on 04-08, from then on: in force on neither 04-07 nor 04-08 | 04-08 |
| umbrella | `ended` in grace, on 04-02; then on 04-03, from 04-01 | 04-01 |

== playbook
products:
  crm: {name: CRM}
stages: {grace_days: 5}

== input
2026-01-01T01:00Z entitlement acme crm active term=order-1 seats=10 plan=old ends=2026-03-31
2026-01-01T02:00Z entitlement globex crm active seats=10 ends=2026-03-31
2026-01-01T03:00Z entitlement initech crm active seats=10 ends=2026-03-31
2026-01-01T04:00Z entitlement umbrella crm active seats=10 ends=2026-03-31
2026-04-02 ask acme crm.entitled; crm.seats; crm.entitled_days; crm.term_days_left; crm.plan
2026-04-02T13:00Z entitlement umbrella crm ended
2026-04-03 entitlement acme crm active term=order-2 seats=12 plan=new starts=2026-04-01
ask acme crm.seats; crm.seats_days; crm.entitled_days; crm.term_days_left; crm.plan
2026-04-03T13:00Z entitlement umbrella crm active seats=10 starts=2026-04-01
ask umbrella crm.entitled_days
2026-04-08T01:00Z entitlement globex crm active seats=10 starts=2026-04-01
2026-04-08T02:00Z entitlement initech crm active seats=10
ask globex crm.entitled_days; crm.seats_days
ask initech crm.entitled_days; crm.seats_days

== output
2026-01-01T01:00Z  acme/crm  none → entitled, term  (line 1)
2026-01-01T02:00Z  globex/crm  none → entitled, term  (line 2)
2026-01-01T03:00Z  initech/crm  none → entitled, term  (line 3)
2026-01-01T04:00Z  umbrella/crm  none → entitled, term  (line 4)
2026-04-02  acme  crm.entitled = true
2026-04-02  acme  crm.seats = 10
2026-04-02  acme  crm.entitled_days = 91
2026-04-02  acme  crm.term_days_left = -2
2026-04-02  acme  crm.plan = "old"
2026-04-02T13:00Z  umbrella/crm  entitled → none, no term  (line 6)
2026-04-03  acme  crm.seats = 12
2026-04-03  acme  crm.seats_days = 0
2026-04-03  acme  crm.entitled_days = 92
2026-04-03  acme  crm.term_days_left = null
2026-04-03  acme  crm.plan = "new"
2026-04-03T13:00Z  umbrella/crm  none → entitled, term  (line 9)
2026-04-03  umbrella  crm.entitled_days = 2
2026-04-06T00:00Z  globex/crm  entitled → none, no term  (day 2026-04-06)
2026-04-08T01:00Z  globex/crm  none → entitled, term  (line 11)
2026-04-06T00:00Z  initech/crm  entitled → none, no term  (day 2026-04-06)
2026-04-08T02:00Z  initech/crm  none → entitled, term  (line 12)
2026-04-08  globex  crm.entitled_days = 97
2026-04-08  globex  crm.seats_days = 0
2026-04-08  initech  crm.entitled_days = 0
2026-04-08  initech  crm.seats_days = 0
