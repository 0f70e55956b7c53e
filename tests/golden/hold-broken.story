Equal or above is a break of the hold. Both were used on 03-01, so S = 03-08 and the fall is on the boundary to 03-15.
acme's use in the last millisecond before it is a break: S becomes 03-21. globex's use at the boundary itself comes after it.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 3

== input
2026-03-01 usage acme crm a x3
2026-03-01 usage globex crm a x3
2026-03-14T23:59:59.999Z usage acme crm a
2026-03-15T00:00Z usage globex crm a
until 2026-03-28

== output without evidence
2026-03-01T12:00Z  acme/crm  none → adopted, no term  (line 1)
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
2026-03-01T12:00Z  globex/crm  none → adopted, no term  (line 2)
2026-03-01T12:00Z  globex  not_adopted → single_product, 1 adopted  (line 2)
2026-03-15T00:00Z  globex/crm  adopted → activated, no term  (day 2026-03-15)
2026-03-15T00:00Z  globex  single_product → not_adopted, 0 adopted  (day 2026-03-15)
2026-03-15T00:00Z  globex/crm  activated → adopted, no term  (line 4)
2026-03-15T00:00Z  globex  not_adopted → single_product, 1 adopted  (line 4)
2026-03-28T00:00Z  acme/crm  adopted → activated, no term  (day 2026-03-28)
2026-03-28T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2026-03-28)
