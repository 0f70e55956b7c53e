Some accounts are held out of a play, to compare with: by a hash of the play's id and the account's, the same for ever. Of those it is told that they
are, and what became of them; nothing else, and nothing sees the play as open. With half of the accounts held out, acme and gamma are (0.17 and 0.29 of 2⁶⁴), globex is not (0.67).

== playbook
products:
  crm: {}
guardrails:
  tiny: {holds_back: employees < 2}
plays:
  grow:
    scope: product
    open: seats < 5
    holdout: 0.5
    due_days: 1
    guards: [tiny]
    tasks: [{id: call, title: Call them}]
    outcome: {metric: seats, days: [1, 3], better: up, by: 2}
  seen: {scope: product, open: play_open("grow") == true}

== input
2026-03-01 account acme employees=1
2026-03-01 account globex employees=1
2026-03-01 account gamma employees=1
2026-03-01 entitlement acme crm active seats=3
2026-03-01 entitlement globex crm active seats=3
2026-03-01 entitlement gamma crm active seats=3
2026-03-02 account acme employees=5
2026-03-02 account globex employees=5
2026-03-02 account gamma employees=5
ask acme open_plays; days_since_play
ask globex open_plays; days_since_play
ask gamma open_plays; days_since_play
2026-03-04 task acme call done play=grow product=crm
2026-03-04 task globex call done play=grow product=crm
2026-03-04 task gamma call done play=grow product=crm
2026-03-04T15:00Z entitlement acme crm active seats=8
until 2026-03-08

== output without evidence
2026-03-01T12:00Z  acme/crm  none → entitled, term  (line 4)
2026-03-01T12:00Z  globex/crm  none → entitled, term  (line 5)
2026-03-01T12:00Z  globex/crm  play grow suppressed by tiny  (line 5)
2026-03-01T12:00Z  gamma/crm  none → entitled, term  (line 6)
2026-03-02T12:00Z  acme/crm  play grow held out, due 2026-03-03, tasks call for nobody by 2026-03-03  (line 7)
2026-03-02T12:00Z  globex/crm  play grow opens, due 2026-03-03, tasks call for nobody by 2026-03-03  (line 8)
2026-03-02T12:00Z  globex/crm  play seen opens  (line 8)
2026-03-02T12:00Z  gamma/crm  play grow held out, due 2026-03-03, tasks call for nobody by 2026-03-03  (line 9)
2026-03-02  acme  open_plays = 0
2026-03-02  acme  days_since_play = null
2026-03-02  globex  open_plays = 2
2026-03-02  globex  days_since_play = 0
2026-03-02  gamma  open_plays = 0
2026-03-02  gamma  days_since_play = null
2026-03-03T00:00Z  acme/crm  play grow after 1 days: 3 → 3, change 0, held out; opened 2026-03-02T12:00Z  (day 2026-03-03)
2026-03-03T00:00Z  globex/crm  play grow after 1 days: 3 → 3, change 0; opened 2026-03-02T12:00Z  (day 2026-03-03)
2026-03-04T00:00Z  globex/crm  play grow updated, due 2026-03-03, tasks call open, overdue  (day 2026-03-04)
2026-03-03T00:00Z  gamma/crm  play grow after 1 days: 3 → 3, change 0, held out; opened 2026-03-02T12:00Z  (day 2026-03-03)
2026-03-04T12:00Z  globex/crm  play grow updated, due 2026-03-03, tasks call done, overdue  (line 14)
2026-03-04T12:00Z  globex/crm  play grow closes: tasks_done, open 2 days since 2026-03-02T12:00Z, due 2026-03-03  (line 14)
2026-03-04T12:00Z  globex/crm  play seen closes: condition, open 2 days since 2026-03-02T12:00Z  (line 14)
2026-03-05T00:00Z  acme/crm  play grow after 3 days: 3 → 8, change 5, better, held out; opened 2026-03-02T12:00Z  (day 2026-03-05)
2026-03-05T00:00Z  globex/crm  play grow after 3 days: 3 → 3, change 0, same; opened 2026-03-02T12:00Z  (day 2026-03-05)
2026-03-05T00:00Z  gamma/crm  play grow after 3 days: 3 → 3, change 0, same, held out; opened 2026-03-02T12:00Z  (day 2026-03-05)
