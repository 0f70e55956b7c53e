The adoption day is the D on which the stage first reached adopted, for life: losing and winning the product again moves nothing.

== playbook
products:
  p1: {name: One}
  p2: {name: Two}

== input
2026-03-01 usage acme p1
2026-03-11 usage acme p2
ask acme days_to_second_product; first_product_days
2026-03-21 ask acme days_to_second_product; first_product_days; products_adopted
2026-03-22 usage acme p1
ask acme days_to_second_product; first_product_days

== output without evidence
2026-03-01T12:00Z  acme/p1  none → adopted, no term  (line 1)
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
2026-03-11T12:00Z  acme/p2  none → adopted, no term  (line 2)
2026-03-11T12:00Z  acme  single_product → multi_product, 2 adopted  (line 2)
2026-03-11  acme  days_to_second_product = 10
2026-03-11  acme  first_product_days = 10
2026-03-15T00:00Z  acme/p1  adopted → activated, no term  (day 2026-03-15)
2026-03-15T00:00Z  acme  multi_product → single_product, 1 adopted  (day 2026-03-15)
2026-03-21  acme  days_to_second_product = 10
2026-03-21  acme  first_product_days = 20
2026-03-21  acme  products_adopted = 1
2026-03-22T12:00Z  acme/p1  activated → adopted, no term  (line 5)
2026-03-22T12:00Z  acme  single_product → multi_product, 2 adopted  (line 5)
2026-03-22  acme  days_to_second_product = 10
2026-03-22  acme  first_product_days = 21
