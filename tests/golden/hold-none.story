`hold_days: 0`: down at once, by an event as by a day.

== playbook
products:
  crm:
    adopted: gauge("level") >= 1
stages: {hold_days: 0}

== input
2026-03-01T09:00Z usage acme crm
2026-03-01T10:00Z gauge acme crm level 5
2026-03-02T10:00Z gauge acme crm level 0
2026-03-03T10:00Z gauge acme crm level 5
until 2026-03-08

== output
2026-03-01T09:00Z  acme/crm  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-01T10:00Z  acme/crm  activated → adopted, no term  (line 2)
    gauge("level", 30) = 5.0  >= 1  2026-01-31..2026-03-01
    active_days(7) = 1  >= 1  2026-02-23..2026-03-01
2026-03-01T10:00Z  acme  not_adopted → single_product, 1 adopted  (line 2)
    products_adopted = 1  >= 1
2026-03-02T10:00Z  acme/crm  adopted → activated, no term  (line 3)
    gauge("level", 30) = 0.0  >= 1  2026-02-01..2026-03-02
    active_days(7) = 1  >= 1  2026-02-24..2026-03-02
2026-03-02T10:00Z  acme  single_product → not_adopted, 0 adopted  (line 3)
    products_adopted = 0  >= 1
2026-03-03T10:00Z  acme/crm  activated → adopted, no term  (line 4)
    gauge("level", 30) = 5.0  >= 1  2026-02-02..2026-03-03
    active_days(7) = 1  >= 1  2026-02-25..2026-03-03
2026-03-03T10:00Z  acme  not_adopted → single_product, 1 adopted  (line 4)
    products_adopted = 1  >= 1
2026-03-08T00:00Z  acme/crm  adopted → activated, no term  (day 2026-03-08)
    gauge("level", 30) = 5.0  >= 1  2026-02-07..2026-03-08
    active_days(7) = 0  >= 1  2026-03-02..2026-03-08
2026-03-08T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2026-03-08)
    products_adopted = 0  >= 1
