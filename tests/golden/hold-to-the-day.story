Down: on the boundary to day S + 7, S the day on which less was first derived.
Used on 03-01: `active_days(7)` fails from S = 03-08 on, so the fall is on 03-15. `active_days(30)` fails from 03-31 on: 04-07.
Evidence is every comparison of the lowest condition that fails, also those of it that hold.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 3

== input
2026-03-01T09:00Z entitlement acme crm active #bought
2026-03-01T12:00Z usage acme crm a x3 #works
until 2026-05-01

== output
2026-03-01T09:00Z  acme/crm  none → entitled, term  (event bought)
2026-03-01T12:00Z  acme/crm  entitled → adopted, term  (event works)
    events("a", 30) = 3  >= 3  2026-01-31..2026-03-01
    active_days(7) = 1  >= 1  2026-02-23..2026-03-01
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (event works)
    products_adopted = 1  >= 1
2026-03-15T00:00Z  acme/crm  adopted → activated, term  (day 2026-03-15)
    events("a", 30) = 3  >= 3  2026-02-14..2026-03-15
    active_days(7) = 0  >= 1  2026-03-09..2026-03-15
2026-03-15T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2026-03-15)
    products_adopted = 0  >= 1
2026-04-07T00:00Z  acme/crm  activated → entitled, term  (day 2026-04-07)
    active_days(30) = 0  >= 1  2026-03-09..2026-04-07
