Who could stand up for it, told with the play: the three of those active in the last 14 days who use the most products, on the most days, the most features.
Ann uses two products; bob was there on four days; of cid and dan, each on two, cid used two features; eva, who used both products on five days, was last
there on 03-05; fay is the vendor's own. In the second play gus is one of them, for he is as good as hal and comes first by his id.

== playbook
products:
  crm: {features: {deal: {}, call: {}}}
  mail: {features: {send: {}}}
plays:
  ask:
    scope: account
    open: employees >= 10
    with: champions
  ask_small:
    scope: account
    open: employees < 10
    with: champions

== input
2026-03-01 user acme fay internal=true
2026-03-01..2026-03-05 usage acme crm deal user=eva #eva
2026-03-05 usage acme mail send user=eva
2026-03-16 usage acme crm deal user=ann
2026-03-16 usage acme mail send user=ann
2026-03-16..2026-03-19 usage acme crm deal user=bob #bob
2026-03-16..2026-03-19 usage acme crm deal user=fay #fay
2026-03-16..2026-03-17 usage acme crm deal user=dan #dan
2026-03-16 usage acme crm deal user=cid
2026-03-17 usage acme crm call user=cid
2026-03-20 account acme employees=10
2026-03-20 usage bolt crm deal user=hal
2026-03-20 usage bolt crm deal user=gus
2026-03-20 account bolt employees=9

== output without evidence
2026-03-01T12:00Z  acme/crm  none → adopted, no term  (event eva-2026-03-01)
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (event eva-2026-03-01)
2026-03-05T12:00Z  acme/mail  none → adopted, no term  (line 7)
2026-03-05T12:00Z  acme  single_product → multi_product, 2 adopted  (line 7)
2026-03-20T12:00Z  acme  play ask opens, champions ann, bob, cid  (line 22)
2026-03-20T12:00Z  bolt/crm  none → adopted, no term  (line 23)
2026-03-20T12:00Z  bolt  not_adopted → single_product, 1 adopted  (line 23)
2026-03-20T12:00Z  bolt  play ask_small opens, champions gus, hal  (line 25)
