What stages tell, and how far a product is on its way. Without a hold a stage falls as soon as its condition does: that of the CRM on 03-08,
of the portal on 03-09, since when both count as lost; on 03-11 the CRM is adopted again. Adoption days are for ever.

== playbook
stages: {hold_days: 0}
products:
  crm: {adopted: events(7) >= 2}
  portal: {adopted: events(7) >= 1}
  vault: {}

== input
2026-03-01 usage acme crm x2
2026-03-02 usage acme portal
2026-03-05 ask acme crm.stage; crm.adopted_days; crm.lost_days; vault.stage; account_stage; primary_product; second_product
ask acme products_added(7); products_added(4); products_lost(7); crm.criteria_progress; portal.criteria_progress
2026-03-10 ask acme crm.stage; crm.lost_days; portal.lost_days; vault.lost_days; crm.adopted_days; account_stage; crm.criteria_progress
ask acme products_lost(7); products_lost(2); products_lost(1); products_added(7); products_added(9)
2026-03-11 usage acme crm x2
ask acme crm.stage; crm.lost_days; products_lost(7); crm.adopted_days; primary_product

== output without evidence
2026-03-01T12:00Z  acme/crm  none → adopted, no term  (line 1)
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
2026-03-02T12:00Z  acme/portal  none → adopted, no term  (line 2)
2026-03-02T12:00Z  acme  single_product → multi_product, 2 adopted  (line 2)
2026-03-05  acme  crm.stage = "adopted"
2026-03-05  acme  crm.adopted_days = 4
2026-03-05  acme  crm.lost_days = null
2026-03-05  acme  vault.stage = "none"
2026-03-05  acme  account_stage = "multi_product"
2026-03-05  acme  primary_product = "crm"
2026-03-05  acme  second_product = "portal"
2026-03-05  acme  products_added(7) = 2
2026-03-05  acme  products_added(4) = 1
2026-03-05  acme  products_lost(7) = 0
2026-03-05  acme  crm.criteria_progress = 1
2026-03-05  acme  portal.criteria_progress = 1
2026-03-08T00:00Z  acme/crm  adopted → activated, no term  (day 2026-03-08)
2026-03-08T00:00Z  acme  multi_product → single_product, 1 adopted  (day 2026-03-08)
2026-03-09T00:00Z  acme/portal  adopted → activated, no term  (day 2026-03-09)
2026-03-09T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2026-03-09)
2026-03-10  acme  crm.stage = "activated"
2026-03-10  acme  crm.lost_days = 2
2026-03-10  acme  portal.lost_days = 1
2026-03-10  acme  vault.lost_days = null
2026-03-10  acme  crm.adopted_days = 9
2026-03-10  acme  account_stage = "not_adopted"
2026-03-10  acme  crm.criteria_progress = 0
2026-03-10  acme  products_lost(7) = 2
2026-03-10  acme  products_lost(2) = 1
2026-03-10  acme  products_lost(1) = 0
2026-03-10  acme  products_added(7) = 0
2026-03-10  acme  products_added(9) = 1
2026-03-11T12:00Z  acme/crm  activated → adopted, no term  (line 7)
2026-03-11T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 7)
2026-03-11  acme  crm.stage = "adopted"
2026-03-11  acme  crm.lost_days = null
2026-03-11  acme  products_lost(7) = 1
2026-03-11  acme  crm.adopted_days = 10
2026-03-11  acme  primary_product = "crm"
