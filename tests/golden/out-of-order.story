Within a day the order does not matter, and the clock never goes back: the second event finds the clock at noon.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 2

== input
2026-03-01T12:00Z usage acme crm a
2026-03-01T08:00Z usage acme crm a

== output
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-01T08:00Z  acme/crm  activated → adopted, no term  (line 2)
    events("a", 30) = 2  >= 2  2026-01-31..2026-03-01
    active_days(7) = 1  >= 1  2026-02-23..2026-03-01
2026-03-01T08:00Z  acme  not_adopted → single_product, 1 adopted  (line 2)
    products_adopted = 1  >= 1
