Over all named products users and days count once, features and modules of two products are two. Use of a product that the playbook does not name
makes known, but not active. Without employees exposure is of the most seats.

== playbook
products:
  crm: {features: {a: {module: m}, b: {module: n}}, adopted: events >= 1000}
  mail: {features: {a: {module: m}}, adopted: events >= 1000}

== input
2026-03-01 usage acme crm a user=ann x2
2026-03-01T13:00Z usage acme mail a user=ann x3
2026-03-02 usage acme crm a user=ben
2026-03-02T13:00Z usage acme other z user=cid
2026-03-02T14:00Z user acme ben department=sales
2026-03-02T15:00Z user acme dan department=support
2026-03-02T16:00Z account acme employees=8
ask acme events; active_users; active_days; features_used; modules_used; users_known; login_rate; departments; departments_active; levels; exposure; days_since_use; stickiness(2)
2026-03-03 entitlement acme crm active seats=6
2026-03-03T13:00Z entitlement acme mail active seats=4
2026-03-03T14:00Z account acme clear=["employees"]
ask acme exposure; exposure(1)

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-01T13:00Z  acme/mail  none → activated, no term  (line 2)
2026-03-02  acme  events = 6
2026-03-02  acme  active_users = 2
2026-03-02  acme  active_days = 2
2026-03-02  acme  features_used = 2
2026-03-02  acme  modules_used = 2
2026-03-02  acme  users_known = 4
2026-03-02  acme  login_rate = 0.5
2026-03-02  acme  departments = 2
2026-03-02  acme  departments_active = 1
2026-03-02  acme  levels = null
2026-03-02  acme  exposure = 0.25
2026-03-02  acme  days_since_use = 0
2026-03-02  acme  stickiness(2) = 0.5
2026-03-03  acme  exposure = 0.3333333333333333
2026-03-03  acme  exposure(1) = 0.0
