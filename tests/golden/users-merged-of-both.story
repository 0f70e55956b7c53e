Once ben is ann, her first day, days, last uses, touchpoints and latest answer are of both; her profile is her own, and what is told of ben from then
on is of her.

== playbook
products:
  crm: {features: {a: {}}, adopted: events >= 1000}

== input
2026-03-01 usage acme crm a user=ben
2026-03-02 touchpoint acme call user=ben
2026-03-02T13:00Z nps acme ann 3
2026-03-03 nps acme ben 9
2026-03-03T13:00Z user acme ben level=manager created=2026-01-01 key=true
2026-03-05 usage acme crm user=ann
ask acme/ann known_days; active_days; days_since_first_use; days_since_touchpoint; nps_score; days_since_nps; level; crm.used("a")
2026-03-06 user acme ben merged_into=ann
ask acme/ann known_days; active_days; days_since_first_use; days_since_touchpoint; nps_score; days_since_nps; level; crm.used("a"); key
2026-03-06T13:00Z user acme ben level=executive
2026-03-06T14:00Z nps acme ben 1
ask acme/ann level; nps_score; days_since_nps; key

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-05  acme/ann  known_days = 3
2026-03-05  acme/ann  active_days = 1
2026-03-05  acme/ann  days_since_first_use = 0
2026-03-05  acme/ann  days_since_touchpoint = null
2026-03-05  acme/ann  nps_score = 3
2026-03-05  acme/ann  days_since_nps = 3
2026-03-05  acme/ann  level = null
2026-03-05  acme/ann  crm.used("a") = false
2026-03-06  acme/ann  known_days = 5
2026-03-06  acme/ann  active_days = 2
2026-03-06  acme/ann  days_since_first_use = 5
2026-03-06  acme/ann  days_since_touchpoint = 4
2026-03-06  acme/ann  nps_score = 9
2026-03-06  acme/ann  days_since_nps = 3
2026-03-06  acme/ann  level = null
2026-03-06  acme/ann  crm.used("a") = true
2026-03-06  acme/ann  key = false
2026-03-06  acme/ann  level = "executive"
2026-03-06  acme/ann  nps_score = 1
2026-03-06  acme/ann  days_since_nps = 0
2026-03-06  acme/ann  key = false
