A product that is used once a week: weeks without use, of complete days, beside weeks with it before. The last use is of 04-06; on 04-21 two weeks are over
without one, and of the eight up to then six have use. The next use clears it.

== playbook
products:
  planning: {adopted: active_weeks(4) >= 3, regular_use: active_weeks(3) >= 1}
alerts:
  weeks_without_use:
    scope: product
    open: complete.active_weeks(2) == 0 && complete.active_weeks(8) >= 4
    clear: active_days(7) >= 1

== input
2026-03-02 usage acme planning
2026-03-09 usage acme planning
2026-03-16 usage acme planning
2026-03-23 usage acme planning
2026-03-30 usage acme planning
2026-04-06 usage acme planning
2026-04-27 usage acme planning

== output
2026-03-02T12:00Z  acme/planning  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2026-02-01..2026-03-02
2026-03-16T12:00Z  acme/planning  activated → adopted, no term  (line 3)
    active_weeks(4) = 3  >= 3  2026-02-17..2026-03-16
    active_weeks(3) = 3  >= 1  2026-02-24..2026-03-16
2026-03-16T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 3)
    products_adopted = 1  >= 1
2026-04-21T00:00Z  acme/planning  alert weeks_without_use opens  (day 2026-04-21)
    complete.active_weeks(2) = 0  == 0  2026-04-07..2026-04-20
    complete.active_weeks(8) = 6  >= 4  2026-02-24..2026-04-20
2026-04-27T00:00Z  acme/planning  adopted → activated, no term  (day 2026-04-27)
    active_weeks(4) = 1  >= 3  2026-03-31..2026-04-27
    active_weeks(3) = 0  >= 1  2026-04-07..2026-04-27
2026-04-27T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2026-04-27)
    products_adopted = 0  >= 1
2026-04-27T12:00Z  acme/planning  alert weeks_without_use clears: condition, open 6 days since 2026-04-21T00:00Z  (line 7)
    active_days(7) = 1  >= 1  2026-04-21..2026-04-27
