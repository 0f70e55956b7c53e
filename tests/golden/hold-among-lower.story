Moving among lower stages is no break, and the fall is to what is derived then. From S = 03-04 on no advanced feature was used for
three days: adopted. From 03-08 on there was no use for a week: activated. The fall is on S + 7, from proficient to activated.

== playbook
products:
  crm:
    features: {a: {tier: core}, b: {tier: advanced}}
    adopted: events("a") >= 3
stages:
  proficient: features_used("advanced", 3) >= 1

== input
2026-03-01 usage acme crm a x3
2026-03-01 usage acme crm b
until 2026-03-12

== output
2026-03-01T12:00Z  acme/crm  none → adopted, no term  (line 1)
    events("a", 30) = 3  >= 3  2026-01-31..2026-03-01
    active_days(7) = 1  >= 1  2026-02-23..2026-03-01
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
    products_adopted = 1  >= 1
2026-03-01T12:00Z  acme/crm  adopted → proficient, no term  (line 2)
    features_used("advanced", 3) = 1  >= 1  2026-02-27..2026-03-01
2026-03-11T00:00Z  acme/crm  proficient → activated, no term  (day 2026-03-11)
    events("a", 30) = 3  >= 3  2026-02-10..2026-03-11
    active_days(7) = 0  >= 1  2026-03-05..2026-03-11
2026-03-11T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2026-03-11)
    products_adopted = 0  >= 1
