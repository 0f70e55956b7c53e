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
