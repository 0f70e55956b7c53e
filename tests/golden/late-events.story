A late event changes the facts of its own day and is judged on D: the output has the event's time, its evidence the windows of
D = 03-10. Days lived through are not judged again: had the use of 03-03 been known, the alert had not opened on 03-04.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 3
stages: {regular_use: active_days >= 1}
alerts:
  quiet: {scope: product, open: active_days(3) < 1}

== input
2026-03-01 usage acme crm a x2
2026-03-10 touchpoint acme call
2026-03-03 usage acme crm a #late
ask acme crm.active_days; crm.days_since_use

== output
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-04T00:00Z  acme/crm  alert quiet opens  (day 2026-03-04)
    active_days(3) = 0  < 1  2026-03-02..2026-03-04
2026-03-03T12:00Z  acme/crm  activated → adopted, no term  (event late)
    events("a", 30) = 3  >= 3  2026-02-09..2026-03-10
    active_days(30) = 2  >= 1  2026-02-09..2026-03-10
2026-03-03T12:00Z  acme  not_adopted → single_product, 1 adopted  (event late)
    products_adopted = 1  >= 1
2026-03-10  acme  crm.active_days = 2
2026-03-10  acme  crm.days_since_use = 7
