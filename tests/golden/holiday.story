`holiday("de", N)` holds while a day of the window D−N+1 ..= D is in that calendar, both ends of its periods included. The period 12-24 ..= 12-26 enters a
window of three days on 12-24 and is out of it on 12-29; one of a single day, 12-31, enters on 12-31 and leaves on 01-03. Periods may overlap.

A rule that waits for them: with `days_since_use >= 5`, which holds from 12-25 on, `silent` opens on the first day without a holiday in its window: 12-29. It
has no evidence of the calendar, which is no comparison. `off` has, and its window is that of the metric.

== playbook
calendars:
  de: [{from: 2026-12-31, to: 2026-12-31}, {from: 2026-12-24, to: 2026-12-26}, {from: 2026-12-25, to: 2026-12-26}]
  us: []
products: {crm: }
alerts:
  silent:
    scope: product
    open: days_since_use >= 5 && !holiday("de", 3)
    clear: days_since_use < 5
  off:
    scope: account
    open: holiday("de", 3) == true

== input
2026-12-20T09:00Z usage acme crm #use
2026-12-23 ask acme holiday("de"); holiday("de", 3); holiday("us")
2026-12-24 ask acme holiday("de"); holiday("de", 3); holiday("us")
2026-12-28 ask acme holiday("de", 3); holiday("de", 2)
2026-12-29 ask acme holiday("de", 3); holiday("de", 6)
2027-01-29 ask acme holiday("de")
2027-01-30 ask acme holiday("de")

== output
2026-12-20T09:00Z  acme/crm  none → adopted, no term  (event use)
    active_days(7) = 1  >= 1  2026-12-14..2026-12-20
2026-12-20T09:00Z  acme  not_adopted → single_product, 1 adopted  (event use)
    products_adopted = 1  >= 1
2026-12-23  acme  holiday("de") = false
2026-12-23  acme  holiday("de", 3) = false
2026-12-23  acme  holiday("us") = false
2026-12-24T00:00Z  acme  alert off opens  (day 2026-12-24)
    holiday("de", 3) = true  == true  2026-12-22..2026-12-24
2026-12-24  acme  holiday("de") = true
2026-12-24  acme  holiday("de", 3) = true
2026-12-24  acme  holiday("us") = false
2026-12-28  acme  holiday("de", 3) = true
2026-12-28  acme  holiday("de", 2) = false
2026-12-29T00:00Z  acme/crm  alert silent opens  (day 2026-12-29)
    days_since_use = 9  >= 5
2026-12-29T00:00Z  acme  alert off clears: condition, open 5 days since 2026-12-24T00:00Z  (day 2026-12-29)
    holiday("de", 3) = false  == true  2026-12-27..2026-12-29
2026-12-29  acme  holiday("de", 3) = false
2026-12-29  acme  holiday("de", 6) = true
2026-12-31T00:00Z  acme  alert off opens  (day 2026-12-31)
    holiday("de", 3) = true  == true  2026-12-29..2026-12-31
2027-01-03T00:00Z  acme/crm  adopted → activated, no term  (day 2027-01-03)
    active_days(7) = 0  >= 1  2026-12-28..2027-01-03
2027-01-03T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2027-01-03)
    products_adopted = 0  >= 1
2027-01-03T00:00Z  acme  alert off clears: condition, open 3 days since 2026-12-31T00:00Z  (day 2027-01-03)
    holiday("de", 3) = false  == true  2027-01-01..2027-01-03
2027-01-26T00:00Z  acme/crm  activated → entitled, no term  (day 2027-01-26)
    active_days(30) = 0  >= 1  2026-12-28..2027-01-26
2027-01-29  acme  holiday("de") = true
2027-01-30  acme  holiday("de") = false
