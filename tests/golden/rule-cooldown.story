Nothing is adopted, and the renewal of 06-30 is 90 days ahead on 04-01: both plays are due, `renewal_at_risk` once that has been so for three days. crm is adopted on
04-10 and falls back on 05-17, a week after 30 days without use. `before_renewal` does not come twice within 180 days, `renewal_at_risk` again after
30. Once the renewal is over neither is of use.

== playbook
products:
  crm: {features: {contact.created: {tier: core}}, adopted: events("contact.created") >= 25}
stages: {regular_use: active_days >= 1}
plays:
  before_renewal:
    scope: account
    open: days_to_renewal <= 90 && days_to_renewal >= 0 && products_adopted == 0 && products_entitled >= 1 && observed_days >= 30
    due_days: 14
    cooldown_days: 180
  renewal_at_risk:
    scope: account
    open: days_to_renewal <= 90 && days_to_renewal >= 0 && products_adopted == 0 && observed_days >= 30
    for_days: 3
    cooldown_days: 30
    due_days: 14

== input
2026-02-01 account acme contract={"renewal":"2026-06-30"}
2026-02-01 entitlement acme crm active
2026-04-10 usage acme crm contact.created x25
until 2026-07-02

== output without evidence
2026-02-01T12:00Z  acme/crm  none → entitled, term  (line 2)
2026-04-01T00:00Z  acme  play before_renewal opens, due 2026-04-15  (day 2026-04-01)
2026-04-04T00:00Z  acme  play renewal_at_risk opens, due 2026-04-18  (day 2026-04-04)
2026-04-10T12:00Z  acme/crm  entitled → adopted, term  (line 3)
2026-04-10T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 3)
2026-04-10T12:00Z  acme  play before_renewal closes: condition, open 9 days since 2026-04-01T00:00Z, due 2026-04-15  (line 3)
2026-04-10T12:00Z  acme  play renewal_at_risk closes: condition, open 6 days since 2026-04-04T00:00Z, due 2026-04-18  (line 3)
2026-05-17T00:00Z  acme/crm  adopted → entitled, term  (day 2026-05-17)
2026-05-17T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2026-05-17)
2026-05-20T00:00Z  acme  play renewal_at_risk opens, due 2026-06-03  (day 2026-05-20)
2026-06-04T00:00Z  acme  play renewal_at_risk updated, due 2026-06-03, overdue  (day 2026-06-04)
2026-07-01T00:00Z  acme  play renewal_at_risk closes: condition, open 42 days since 2026-05-20T00:00Z, due 2026-06-03  (day 2026-07-01)
