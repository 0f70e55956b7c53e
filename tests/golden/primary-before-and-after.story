Before a product was adopted there is no primary one: what is read of it is missing, and the days are those of every product. Afterwards it is the
first one adopted, also once its stage has fallen. mail settles for three days. Figures of products read the days of every product.

== playbook
products:
  crm: {adopted: events >= 5}
  mail: {settle_days: 3, adopted: events >= 1000}
alerts:
  none: {scope: account, open: 'holiday("first", 1) && (primary.complete.events(7) >= 0 || observed_days >= 0)', clear: employees < 0}
  some: {scope: account, open: 'holiday("second", 1) && (primary.complete.events(7) >= 0 || observed_days >= 0)', clear: employees < 0}
  of_many: {scope: account, open: 'holiday("second", 1) && products.sum(complete.events(7)) >= 0', clear: employees < 0}
calendars:
  first: [{from: 2026-03-11, to: 2026-03-11}]
  second: [{from: 2026-04-10, to: 2026-04-10}]

== input
2026-03-10 usage acme mail user=ann
2026-03-10T13:00Z usage acme crm
2026-03-12 usage acme crm x5
2026-04-09 usage acme mail
until 2026-04-11

== output
2026-03-10T12:00Z  acme/mail  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2026-02-09..2026-03-10
2026-03-10T13:00Z  acme/crm  none → activated, no term  (line 2)
    active_days(30) = 1  >= 1  2026-02-09..2026-03-10
2026-03-11T00:00Z  acme  alert none opens  (day 2026-03-11)
    primary.complete.events(7) = null  >= 0  2026-03-01..2026-03-10
    observed_days = 1  >= 0
2026-03-12T12:00Z  acme/crm  activated → adopted, no term  (line 3)
    events(30) = 6  >= 5  2026-02-11..2026-03-12
    active_days(7) = 2  >= 1  2026-03-06..2026-03-12
2026-03-12T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 3)
    products_adopted = 1  >= 1
2026-03-26T00:00Z  acme/crm  adopted → activated, no term  (day 2026-03-26)
    events(30) = 6  >= 5  2026-02-25..2026-03-26
    active_days(7) = 0  >= 1  2026-03-20..2026-03-26
2026-03-26T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2026-03-26)
    products_adopted = 0  >= 1
2026-04-10T00:00Z  acme  alert some opens  (day 2026-04-10)
    primary.complete.events(7) = 0  >= 0  2026-04-03..2026-04-09
    observed_days = 31  >= 0
2026-04-10T00:00Z  acme  alert of_many opens  (day 2026-04-10)
    products.sum(complete.events(7)) = 0  >= 0  2026-03-31..2026-04-09
