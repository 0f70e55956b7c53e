The account's stage follows the number of adopted products at once: 1 single_product, 2 multi_product, 3–4 platform, 5 full_platform.
Evidence is the bound reached, downwards the lowest bound no longer held: from 4 to 1 that is 2. One change for one cause.

== playbook
products:
  p1: {name: One}
  p2: {name: Two}
  p3: {name: Three}
  p4: {name: Four}
  p5: {name: Five}

== input
2026-03-01 entitlement acme p2 active ends=2026-03-05
2026-03-01 entitlement acme p3 active ends=2026-03-05
2026-03-01 entitlement acme p4 active ends=2026-03-05
2026-03-02T01:00Z usage acme p1
2026-03-02T02:00Z usage acme p2
2026-03-02T03:00Z usage acme p3
2026-03-02T04:00Z usage acme p4
2026-03-02T05:00Z usage acme p5
2026-03-03 entitlement acme p5 ended
until 2026-03-06

== output
2026-03-01T12:00Z  acme/p2  none → entitled, term  (line 1)
2026-03-01T12:00Z  acme/p3  none → entitled, term  (line 2)
2026-03-01T12:00Z  acme/p4  none → entitled, term  (line 3)
2026-03-02T01:00Z  acme/p1  none → adopted, no term  (line 4)
    active_days(7) = 1  >= 1  2026-02-24..2026-03-02
2026-03-02T01:00Z  acme  not_adopted → single_product, 1 adopted  (line 4)
    products_adopted = 1  >= 1
2026-03-02T02:00Z  acme/p2  entitled → adopted, term  (line 5)
    active_days(7) = 1  >= 1  2026-02-24..2026-03-02
2026-03-02T02:00Z  acme  single_product → multi_product, 2 adopted  (line 5)
    products_adopted = 2  >= 2
2026-03-02T03:00Z  acme/p3  entitled → adopted, term  (line 6)
    active_days(7) = 1  >= 1  2026-02-24..2026-03-02
2026-03-02T03:00Z  acme  multi_product → platform, 3 adopted  (line 6)
    products_adopted = 3  >= 3
2026-03-02T04:00Z  acme/p4  entitled → adopted, term  (line 7)
    active_days(7) = 1  >= 1  2026-02-24..2026-03-02
2026-03-02T05:00Z  acme/p5  none → adopted, no term  (line 8)
    active_days(7) = 1  >= 1  2026-02-24..2026-03-02
2026-03-02T05:00Z  acme  platform → full_platform, 5 adopted  (line 8)
    products_adopted = 5  >= 5
2026-03-03T12:00Z  acme/p5  adopted → none, no term  (line 9)
2026-03-03T12:00Z  acme  full_platform → platform, 4 adopted  (line 9)
    products_adopted = 4  >= 5
2026-03-06T00:00Z  acme/p2  adopted → none, no term  (day 2026-03-06)
2026-03-06T00:00Z  acme/p3  adopted → none, no term  (day 2026-03-06)
2026-03-06T00:00Z  acme/p4  adopted → none, no term  (day 2026-03-06)
2026-03-06T00:00Z  acme  platform → single_product, 1 adopted  (day 2026-03-06)
    products_adopted = 1  >= 2
