Tasks of a play: each goes to whom the account was told to have in a role, or to whoever is named; each is due on its own day, else with the play.
Once none is open the play closes, and opens again only after a look at which `open` is not true: seats are 3 all the while until March 7.
What names no open play, no task of it, or tells nothing new, does nothing.

== playbook
products:
  crm: {features: {deal: {}}}
plays:
  grow:
    scope: product
    open: seats < 5
    due_days: 10
    severity: warning
    tasks:
      - {id: call, title: Call them, assignee: owner, due_days: 2}
      - {id: plan, title: Plan seats, assignee: account_executive, doc: https://example.com/seats}
      - {id: note, title: Write it down, assignee: ops}

== input
2026-03-01 account acme owner=kim
2026-03-01 entitlement acme crm active seats=3
2026-03-02 task acme call done play=grow product=crm
2026-03-02 task acme call done play=grow product=crm
2026-03-02 task acme fly done play=grow product=crm
2026-03-02 task acme call done play=grow product=portal
2026-03-03 task acme plan dismissed play=grow product=crm reason=later
2026-03-03T15:00Z task acme plan done play=grow product=crm
2026-03-04 task acme note done play=grow product=crm
2026-03-05 entitlement acme crm active seats=4
2026-03-06 task acme note done play=grow product=crm
2026-03-07 entitlement acme crm active seats=9
2026-03-08 entitlement acme crm active seats=4
until 2026-03-20

== output
2026-03-01T12:00Z  acme/crm  none → entitled, term  (line 2)
2026-03-01T12:00Z  acme/crm  play grow opens, due 2026-03-11, tasks call for kim by 2026-03-03, plan for nobody by 2026-03-11, note for ops by 2026-03-11  (line 2)
    seats = 3  < 5
2026-03-02T12:00Z  acme/crm  play grow updated, due 2026-03-11, tasks call done, plan open, note open  (line 3)
2026-03-03T12:00Z  acme/crm  play grow updated, due 2026-03-11, tasks call done, plan dismissed (later), note open  (line 7)
2026-03-03T15:00Z  acme/crm  play grow updated, due 2026-03-11, tasks call done, plan done, note open  (line 8)
2026-03-04T12:00Z  acme/crm  play grow updated, due 2026-03-11, tasks call done, plan done, note done  (line 9)
2026-03-04T12:00Z  acme/crm  play grow closes: tasks_done, open 3 days since 2026-03-01T12:00Z, due 2026-03-11  (line 9)
2026-03-08T12:00Z  acme/crm  play grow opens, due 2026-03-18, tasks call for kim by 2026-03-10, plan for nobody by 2026-03-18, note for ops by 2026-03-18  (line 13)
    seats = 4  < 5
2026-03-19T00:00Z  acme/crm  play grow updated, due 2026-03-18, tasks call open, plan open, note open, overdue  (day 2026-03-19)
