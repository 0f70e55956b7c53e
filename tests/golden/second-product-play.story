The shipped play: one product adopted for 60 days (03-01 + 60 = 04-30), due 30 days after. The second product closes it, and the rule
sees the stages after the same event.

== playbook
products:
  p1: {name: One}
  p2: {name: Two}
plays:
  second_product:
    scope: account
    open: products_adopted == 1 && account_stage_days >= 60
    clear: products_adopted != 1
    due_days: 30

== input
2026-03-01..2026-05-05 usage acme p1 #use
2026-05-05T13:00Z usage acme p2 #second

== output
2026-03-01T12:00Z  acme/p1  none → adopted, no term  (event use-2026-03-01)
    active_days(7) = 1  >= 1  2026-02-23..2026-03-01
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (event use-2026-03-01)
    products_adopted = 1  >= 1
2026-04-30T00:00Z  acme  play second_product opens, due 2026-05-30  (day 2026-04-30)
    products_adopted = 1  == 1
    account_stage_days = 60  >= 60
2026-05-05T13:00Z  acme/p2  none → adopted, no term  (event second)
    active_days(7) = 1  >= 1  2026-04-29..2026-05-05
2026-05-05T13:00Z  acme  single_product → multi_product, 2 adopted  (event second)
    products_adopted = 2  >= 2
2026-05-05T13:00Z  acme  play second_product closes: condition, open 5 days since 2026-04-30T00:00Z, due 2026-05-30  (event second)
    products_adopted = 2  != 1
