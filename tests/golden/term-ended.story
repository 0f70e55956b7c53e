A term that has ended drops the stage to none in the same evaluation, without hold, whatever else holds: by `status: ended`, and on
the day after `ends`. `entitled` has no evidence. Use after the end lifts nothing.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 3

== input
2026-03-01T09:00Z entitlement acme crm active
2026-03-01T09:00Z entitlement globex crm trialing ends=2026-03-05
2026-03-01T12:00Z usage acme crm a x3
2026-03-01T12:00Z usage globex crm a x3
2026-03-02T12:00Z entitlement acme crm ended
2026-03-05T23:59Z usage globex crm a
2026-03-07T12:00Z usage globex crm a
until 2026-03-20

== output
2026-03-01T09:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-01T09:00Z  globex/crm  none → entitled, term  (line 2)
2026-03-01T12:00Z  acme/crm  entitled → adopted, term  (line 3)
    events("a", 30) = 3  >= 3  2026-01-31..2026-03-01
    active_days(7) = 1  >= 1  2026-02-23..2026-03-01
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 3)
    products_adopted = 1  >= 1
2026-03-01T12:00Z  globex/crm  entitled → adopted, term  (line 4)
    events("a", 30) = 3  >= 3  2026-01-31..2026-03-01
    active_days(7) = 1  >= 1  2026-02-23..2026-03-01
2026-03-01T12:00Z  globex  not_adopted → single_product, 1 adopted  (line 4)
    products_adopted = 1  >= 1
2026-03-02T12:00Z  acme/crm  adopted → none, no term  (line 5)
2026-03-02T12:00Z  acme  single_product → not_adopted, 0 adopted  (line 5)
    products_adopted = 0  >= 1
2026-03-06T00:00Z  globex/crm  adopted → none, no term  (day 2026-03-06)
2026-03-06T00:00Z  globex  single_product → not_adopted, 0 adopted  (day 2026-03-06)
    products_adopted = 0  >= 1
