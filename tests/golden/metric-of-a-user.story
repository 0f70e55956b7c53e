What one user does: of all named products, or of one. Ann was created on 02-01, bob was first seen on 03-03, when he used the product. Of
the features that ann used, `import` is in no catalogue. Her week of 03-02 is the third back from 03-20. Bob's answer came late. Ann is gone
from 03-19 on, as is told later. Bob turns out to be cid, of whom nothing was known: cid has been known since 03-03, with bob's answer and
days, and no profile.

== playbook
products:
  crm:
    features:
      contact.created: {module: contacts, tier: core}
      activity.logged: {module: activities, tier: core}
      forecast.viewed: {module: forecasting, tier: advanced}
    adopted: events >= 1000
  portal: {features: {ticket.created: {module: tickets}}, adopted: events >= 1000}
measures:
  reach: {of: user, value: active_days + products_used / 4}

== input
2026-03-01 user acme ann name=Ann email=ann@acme.example level=executive role=rep department=sales key=true created=2026-02-01
2026-03-02 usage acme crm contact.created user=ann
2026-03-03 usage acme crm contact.created user=bob
2026-03-04 usage acme portal ticket.created user=ann
2026-03-05 usage acme crm forecast.viewed user=ann
2026-03-05 usage acme crm import user=ann
2026-03-10 touchpoint acme call user=ann
2026-03-12 nps acme ann 9
2026-03-11 nps acme bob 4
2026-03-20 ask acme/ann active_days; active_days(16); active_days(15); crm.active_days; active_weeks(2); active_weeks(3); portal.active_weeks(2)
ask acme/ann days_since_use; portal.days_since_use; days_since_first_use; portal.days_since_first_use
ask acme/ann products_used; products_used(16); products_used(15); portal.products_used; portal.products_used(16)
ask acme/ann features_used; features_used("advanced"); features_used(16); crm.features_used; modules_used; crm.modules_used; modules_used(16)
ask acme/ann crm.used("forecast.viewed"); crm.used("forecast.viewed", 15); crm.used("activity.logged")
ask acme/ann known_days; name; email; level; role; department; key; reach
ask acme/ann days_since_touchpoint; nps_score; days_since_nps; gone_days
ask acme/bob active_days; known_days; name; key; days_since_touchpoint; nps_score; days_since_nps
2026-03-21 user acme ann left=2026-03-19
2026-03-22 ask acme/ann gone_days; active_days
2026-03-22 user acme bob merged_into=cid
ask acme/cid known_days; days_since_first_use; crm.used("contact.created", 20); nps_score; days_since_nps; name

== output without evidence
2026-03-02T12:00Z  acme/crm  none → activated, no term  (line 2)
2026-03-04T12:00Z  acme/portal  none → activated, no term  (line 4)
2026-03-20  acme/ann  active_days = 3
2026-03-20  acme/ann  active_days(16) = 1
2026-03-20  acme/ann  active_days(15) = 0
2026-03-20  acme/ann  crm.active_days = 2
2026-03-20  acme/ann  active_weeks(2) = 0
2026-03-20  acme/ann  active_weeks(3) = 1
2026-03-20  acme/ann  portal.active_weeks(2) = 0
2026-03-20  acme/ann  days_since_use = 15
2026-03-20  acme/ann  portal.days_since_use = 16
2026-03-20  acme/ann  days_since_first_use = 18
2026-03-20  acme/ann  portal.days_since_first_use = 16
2026-03-20  acme/ann  products_used = 2
2026-03-20  acme/ann  products_used(16) = 1
2026-03-20  acme/ann  products_used(15) = 0
2026-03-20  acme/ann  portal.products_used = 1
2026-03-20  acme/ann  portal.products_used(16) = 0
2026-03-20  acme/ann  features_used = 4
2026-03-20  acme/ann  features_used("advanced") = 1
2026-03-20  acme/ann  features_used(16) = 2
2026-03-20  acme/ann  crm.features_used = 3
2026-03-20  acme/ann  modules_used = 3
2026-03-20  acme/ann  crm.modules_used = 2
2026-03-20  acme/ann  modules_used(16) = 1
2026-03-20  acme/ann  crm.used("forecast.viewed") = true
2026-03-20  acme/ann  crm.used("forecast.viewed", 15) = false
2026-03-20  acme/ann  crm.used("activity.logged") = false
2026-03-20  acme/ann  known_days = 47
2026-03-20  acme/ann  name = "Ann"
2026-03-20  acme/ann  email = "ann@acme.example"
2026-03-20  acme/ann  level = "executive"
2026-03-20  acme/ann  role = "rep"
2026-03-20  acme/ann  department = "sales"
2026-03-20  acme/ann  key = true
2026-03-20  acme/ann  reach = 3.5
2026-03-20  acme/ann  days_since_touchpoint = 10
2026-03-20  acme/ann  nps_score = 9
2026-03-20  acme/ann  days_since_nps = 8
2026-03-20  acme/ann  gone_days = null
2026-03-20  acme/bob  active_days = 1
2026-03-20  acme/bob  known_days = 17
2026-03-20  acme/bob  name = null
2026-03-20  acme/bob  key = false
2026-03-20  acme/bob  days_since_touchpoint = null
2026-03-20  acme/bob  nps_score = 4
2026-03-20  acme/bob  days_since_nps = 9
2026-03-22  acme/ann  gone_days = 3
2026-03-22  acme/ann  active_days = 3
2026-03-22  acme/cid  known_days = 19
2026-03-22  acme/cid  days_since_first_use = 19
2026-03-22  acme/cid  crm.used("contact.created", 20) = true
2026-03-22  acme/cid  nps_score = 4
2026-03-22  acme/cid  days_since_nps = 11
2026-03-22  acme/cid  name = null
