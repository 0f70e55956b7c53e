On the highest ladder a fall is evidenced by the lowest condition up to the old stage that does not hold, which need not be the one that
was lost: adopted never held. On 03-31 no advanced feature is in the window any more, nor any use.

== playbook
products:
  crm:
    features: {a: {tier: core}, b: {tier: advanced}}
    adopted: events("a") >= 3
stages: {ladder: highest, hold_days: 0}

== input
2026-03-01 usage acme crm b
2026-03-20 usage acme crm
until 2026-03-31

== output
2026-03-01T12:00Z  acme/crm  none → proficient, no term  (line 1)
    features_used("advanced", 30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
    products_adopted = 1  >= 1
2026-03-31T00:00Z  acme/crm  proficient → activated, no term  (day 2026-03-31)
    events("a", 30) = 0  >= 3  2026-03-02..2026-03-31
    active_days(7) = 0  >= 1  2026-03-25..2026-03-31
2026-03-31T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2026-03-31)
    products_adopted = 0  >= 1
