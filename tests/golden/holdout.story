Some accounts are held out of a play, to compare with: by a hash of the play's id and the account's, the same for ever. Of those it is told that they
are, and what became of them; nothing else, and nothing sees the play as open. With half of the accounts held out, acme is and beta is not, or the other way.

== playbook
products:
  crm: {}
guardrails:
  tiny: {holds_back: employees < 2}
alerts:
  seen: {scope: product, open: play_open("grow")}
plays:
  grow:
    scope: product
    open: seats < 5
    holdout: 0.5
    due_days: 1
    guards: [tiny]
    tasks: [{id: call, title: Call them}]
    outcome: {metric: seats, days: [1, 3], better: up, by: 2}

== input
2026-03-01 account acme employees=1
2026-03-01 account beta employees=1
2026-03-01 account gamma employees=1
2026-03-01 entitlement acme crm active seats=3
2026-03-01 entitlement beta crm active seats=3
2026-03-01 entitlement gamma crm active seats=3
2026-03-02 account acme employees=5
2026-03-02 account beta employees=5
2026-03-02 account gamma employees=5
ask acme open_plays; days_since_play
ask beta open_plays; days_since_play
ask gamma open_plays; days_since_play
2026-03-04 task acme call done play=grow product=crm
2026-03-04 task beta call done play=grow product=crm
2026-03-04 task gamma call done play=grow product=crm
2026-03-04T15:00Z entitlement acme crm active seats=8
until 2026-03-08

== output without evidence
