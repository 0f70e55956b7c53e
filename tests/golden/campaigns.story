A campaign is triggered for a user, waits for its goal from the next look on, and reaches it or misses it on the boundary to day `goal_days`; then it rests
for `cooldown_days` from the triggering. Without a goal it is over at once. Whoever leaves ends it in silence, and a late record triggers none.

== playbook
products:
  crm: {features: {deal: {}, quote: {}}}
campaigns:
  try_quotes:
    open: active_days(7) >= 2 && !crm.used("quote", 30)
    goal: crm.used("quote", 7)
    goal_days: 3
    cooldown_days: 6
    tokens: {days: active_days(7), name: name, link: {text: "https://example.com/quotes"}}
  welcome: {open: known_days == 0, cooldown_days: 30}

== input
2026-03-01 usage acme crm deal user=ann
2026-03-01T13:00Z usage acme crm deal user=bob
2026-03-01T14:00Z usage acme crm deal user=cid
2026-03-02 user acme ann name=Ann
2026-03-02 usage acme crm deal user=ann
2026-03-02T13:00Z usage acme crm deal user=bob
2026-03-02T14:00Z usage acme crm deal user=cid
2026-03-03 usage acme crm quote user=ann
2026-03-03T15:00Z user acme cid left=2026-03-04
2026-03-06 usage acme crm deal user=bob
2026-03-04 usage acme crm deal user=dan
until 2026-03-16

== output
2026-03-01T12:00Z  acme/crm  none → adopted, no term  (line 1)
    active_days(7) = 1  >= 1  2026-02-23..2026-03-01
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
    products_adopted = 1  >= 1
2026-03-01T12:00Z  acme/ann  campaign welcome triggered  (line 1)
    known_days = 0  == 0
2026-03-01T13:00Z  acme/bob  campaign welcome triggered  (line 2)
    known_days = 0  == 0
2026-03-01T14:00Z  acme/cid  campaign welcome triggered  (line 3)
    known_days = 0  == 0
2026-03-02T12:00Z  acme/ann  campaign try_quotes triggered, tokens {"days":2,"link":"https://example.com/quotes","name":"Ann"}  (line 5)
    active_days(7) = 2  >= 2  2026-02-24..2026-03-02
2026-03-02T13:00Z  acme/bob  campaign try_quotes triggered, tokens {"days":2,"link":"https://example.com/quotes","name":null}  (line 6)
    active_days(7) = 2  >= 2  2026-02-24..2026-03-02
2026-03-02T14:00Z  acme/cid  campaign try_quotes triggered, tokens {"days":2,"link":"https://example.com/quotes","name":null}  (line 7)
    active_days(7) = 2  >= 2  2026-02-24..2026-03-02
2026-03-03T12:00Z  acme/ann  campaign try_quotes reached, tokens {"days":2,"link":"https://example.com/quotes","name":"Ann"}, triggered 2026-03-02T12:00Z  (line 8)
2026-03-05T00:00Z  acme/bob  campaign try_quotes missed, tokens {"days":2,"link":"https://example.com/quotes","name":null}, triggered 2026-03-02T13:00Z  (day 2026-03-05)
2026-03-08T00:00Z  acme/bob  campaign try_quotes triggered, tokens {"days":2,"link":"https://example.com/quotes","name":null}  (day 2026-03-08)
    active_days(7) = 2  >= 2  2026-03-02..2026-03-08
2026-03-11T00:00Z  acme/bob  campaign try_quotes missed, tokens {"days":2,"link":"https://example.com/quotes","name":null}, triggered 2026-03-08T00:00Z  (day 2026-03-11)
