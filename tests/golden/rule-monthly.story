A product that is used at the end of each month: `regular_use` of its own, and an alert forty days after the last use, which is later than the end of
any month after the one before. From 03-31 to 05-10 are forty days.

== playbook
products:
  payroll: {adopted: events(45) >= 20, regular_use: days_since_use <= 35}
alerts:
  month_missed:
    scope: product
    open: days_since_use >= 40 && days_since_first_use >= 60
    clear: days_since_use <= 35

== input
2026-01-30 usage acme payroll x20
2026-02-27 usage acme payroll x20
2026-03-31 usage acme payroll x20
2026-05-15 usage acme payroll x20

== output
2026-01-30T12:00Z  acme/payroll  none → adopted, no term  (line 1)
    events(45) = 20  >= 20  2025-12-17..2026-01-30
    days_since_use = 0  <= 35
2026-01-30T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
    products_adopted = 1  >= 1
2026-05-07T00:00Z  acme/payroll  adopted → entitled, no term  (day 2026-05-07)
    active_days(30) = 0  >= 1  2026-04-08..2026-05-07
2026-05-07T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2026-05-07)
    products_adopted = 0  >= 1
2026-05-10T00:00Z  acme/payroll  alert month_missed opens  (day 2026-05-10)
    days_since_use = 40  >= 40
    days_since_first_use = 100  >= 60
2026-05-15T12:00Z  acme/payroll  entitled → adopted, no term  (line 4)
    events(45) = 20  >= 20  2026-04-01..2026-05-15
    days_since_use = 0  <= 35
2026-05-15T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 4)
    products_adopted = 1  >= 1
2026-05-15T12:00Z  acme/payroll  alert month_missed clears: condition, open 5 days since 2026-05-10T00:00Z  (line 4)
    days_since_use = 0  <= 35
