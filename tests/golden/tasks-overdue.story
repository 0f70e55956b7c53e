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
