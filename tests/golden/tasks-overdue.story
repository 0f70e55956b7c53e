On the boundary to the day after a play was due it is told to be overdue, once, and from then on with each task that is worked. A play without tasks
is, too. One that is closed by then is not, and neither is one that is held back or was never due.

== playbook
products:
  crm: {}
plays:
  grow: {scope: product, open: seats < 5, due_days: 2, tasks: [{id: call, title: Call them}, {id: plan, title: Plan}]}
  bare: {scope: account, open: employees >= 10, due_days: 0}
  slow: {scope: account, open: employees >= 10}

== input
2026-03-01 entitlement acme crm active seats=3
2026-03-01 account acme employees=20
2026-03-03 task acme call done play=grow product=crm
2026-03-05 task acme plan dismissed play=grow product=crm
2026-03-06 account acme employees=5
until 2026-03-12

== output
2026-03-01T12:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-01T12:00Z  acme/crm  play grow opens, due 2026-03-03, tasks call for nobody by 2026-03-03, plan for nobody by 2026-03-03  (line 1)
    seats = 3  < 5
2026-03-01T12:00Z  acme  play bare opens, due 2026-03-01  (line 2)
    employees = 20  >= 10
2026-03-01T12:00Z  acme  play slow opens  (line 2)
    employees = 20  >= 10
2026-03-02T00:00Z  acme  play bare updated, due 2026-03-01, overdue  (day 2026-03-02)
2026-03-03T12:00Z  acme/crm  play grow updated, due 2026-03-03, tasks call done, plan open  (line 3)
2026-03-04T00:00Z  acme/crm  play grow updated, due 2026-03-03, tasks call done, plan open, overdue  (day 2026-03-04)
2026-03-05T12:00Z  acme/crm  play grow updated, due 2026-03-03, tasks call done, plan dismissed, overdue  (line 4)
2026-03-05T12:00Z  acme/crm  play grow closes: tasks_done, open 4 days since 2026-03-01T12:00Z, due 2026-03-03  (line 4)
2026-03-06T12:00Z  acme  play bare closes: condition, open 5 days since 2026-03-01T12:00Z, due 2026-03-01  (line 5)
    employees = 5  >= 10
2026-03-06T12:00Z  acme  play slow closes: condition, open 5 days since 2026-03-01T12:00Z  (line 5)
    employees = 5  >= 10
