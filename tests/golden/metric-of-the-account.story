What the account itself has. `account_stage_days` and `observed_days` are 0 on the first day; `breadth` is missing while nothing is
entitled.

== playbook
products:
  p1: {name: One}
  p2: {name: Two}

== input
2026-03-01 account acme onboarding_completed=2026-02-20 owner=kim success_role=csm region=emea
ask acme observed_days; account_stage_days; breadth; days_since_touchpoint; first_product_days; p1.stage_days
2026-03-02 touchpoint acme call
2026-03-03 entitlement acme p1 active
2026-03-03 entitlement acme p2 active
2026-03-03T13:00Z usage acme p1
2026-03-05 ask acme observed_days; account_stage_days; days_since_touchpoint; onboarded_days; products_entitled
ask acme products_active; products_adopted; breadth; owner; success_role; region; industry; first_product_days
ask acme p1.stage_days; p2.stage_days; p1.days_since_first_use; days_to_second_product

== output without evidence
2026-03-01  acme  observed_days = 0
2026-03-01  acme  account_stage_days = 0
2026-03-01  acme  breadth = null
2026-03-01  acme  days_since_touchpoint = null
2026-03-01  acme  first_product_days = null
2026-03-01  acme  p1.stage_days = null
2026-03-03T12:00Z  acme/p1  none → entitled, term  (line 4)
2026-03-03T12:00Z  acme/p2  none → entitled, term  (line 5)
2026-03-03T13:00Z  acme/p1  entitled → adopted, term  (line 6)
2026-03-03T13:00Z  acme  not_adopted → single_product, 1 adopted  (line 6)
2026-03-05  acme  observed_days = 4
2026-03-05  acme  account_stage_days = 2
2026-03-05  acme  days_since_touchpoint = 3
2026-03-05  acme  onboarded_days = 13
2026-03-05  acme  products_entitled = 2
2026-03-05  acme  products_active = 1
2026-03-05  acme  products_adopted = 1
2026-03-05  acme  breadth = 0.5
2026-03-05  acme  owner = "kim"
2026-03-05  acme  success_role = "csm"
2026-03-05  acme  region = "emea"
2026-03-05  acme  industry = null
2026-03-05  acme  first_product_days = 2
2026-03-05  acme  p1.stage_days = 2
2026-03-05  acme  p2.stage_days = 2
2026-03-05  acme  p1.days_since_first_use = 2
2026-03-05  acme  days_to_second_product = null
