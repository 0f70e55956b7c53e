How many plays are open, and how long ago one last opened: of the account, of its products and of its users, all together or of one group.
Guardrails and campaigns read it. `grow` opens for both products and once more, for one of them, after it has closed; `call` for ann and bob.

== playbook
products:
  crm: {features: {deal: {}}}
  portal: {features: {ticket: {}}}
alerts:
  used: {scope: account, open: employees >= 1}
plays:
  grow: {scope: product, group: expansion, open: seats < 5}
  call: {scope: user, open: days_since_use >= 2}
  renew: {scope: account, group: renewal, open: employees >= 10}
  never: {scope: account, group: rescue, open: employees >= 1000}

== input
2026-03-01 account acme employees=5
ask acme open_plays; days_since_play; open_plays("expansion"); days_since_play("expansion")
2026-03-02 entitlement acme crm active seats=3
2026-03-02 entitlement acme portal active seats=4
ask acme open_plays; days_since_play; open_plays("expansion"); open_plays("renewal")
2026-03-04 entitlement acme crm active seats=9
2026-03-05 account acme employees=20
ask acme open_plays; open_plays("expansion"); days_since_play("expansion"); open_plays("renewal"); days_since_play("renewal"); days_since_play
2026-03-06 entitlement acme crm active seats=2
ask acme open_plays("expansion"); days_since_play("expansion"); days_since_play("renewal")
2026-03-07 usage acme crm deal user=ann
2026-03-07 usage acme crm deal user=bob
2026-03-09 ask acme open_plays; days_since_play; open_plays("expansion"); days_since_play("expansion"); days_since_play("rescue")
2026-03-10 account acme employees=2
2026-03-11 ask acme open_plays("renewal"); days_since_play("renewal"); open_plays; days_since_play

== output without evidence
2026-03-01T12:00Z  acme  alert used opens  (line 1)
2026-03-01  acme  open_plays = 0
2026-03-01  acme  days_since_play = null
2026-03-01  acme  open_plays("expansion") = 0
2026-03-01  acme  days_since_play("expansion") = null
2026-03-02T12:00Z  acme/crm  none → entitled, term  (line 3)
2026-03-02T12:00Z  acme/crm  play grow opens, of expansion  (line 3)
2026-03-02T12:00Z  acme/portal  none → entitled, term  (line 4)
2026-03-02T12:00Z  acme/portal  play grow opens, of expansion  (line 4)
2026-03-02  acme  open_plays = 2
2026-03-02  acme  days_since_play = 0
2026-03-02  acme  open_plays("expansion") = 2
2026-03-02  acme  open_plays("renewal") = 0
2026-03-04T12:00Z  acme/crm  play grow closes: condition, open 2 days since 2026-03-02T12:00Z  (line 6)
2026-03-05T12:00Z  acme  play renew opens, of renewal  (line 7)
2026-03-05  acme  open_plays = 2
2026-03-05  acme  open_plays("expansion") = 1
2026-03-05  acme  days_since_play("expansion") = 3
2026-03-05  acme  open_plays("renewal") = 1
2026-03-05  acme  days_since_play("renewal") = 0
2026-03-05  acme  days_since_play = 0
2026-03-06T12:00Z  acme/crm  play grow opens, of expansion  (line 9)
2026-03-06  acme  open_plays("expansion") = 2
2026-03-06  acme  days_since_play("expansion") = 0
2026-03-06  acme  days_since_play("renewal") = 1
2026-03-07T12:00Z  acme/crm  entitled → adopted, term  (line 11)
2026-03-07T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 11)
2026-03-09T00:00Z  acme/ann  play call opens  (day 2026-03-09)
2026-03-09T00:00Z  acme/bob  play call opens  (day 2026-03-09)
2026-03-09  acme  open_plays = 5
2026-03-09  acme  days_since_play = 0
2026-03-09  acme  open_plays("expansion") = 2
2026-03-09  acme  days_since_play("expansion") = 3
2026-03-09  acme  days_since_play("rescue") = null
2026-03-10T12:00Z  acme  play renew closes: condition, open 5 days since 2026-03-05T12:00Z  (line 14)
2026-03-11  acme  open_plays("renewal") = 0
2026-03-11  acme  days_since_play("renewal") = 6
2026-03-11  acme  open_plays = 4
2026-03-11  acme  days_since_play = 2
