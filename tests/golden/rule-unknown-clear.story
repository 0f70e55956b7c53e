A condition with a metric that may be missing leaves the default `clear`, `!(open)`, unknown where the metric is: crm has no earlier fortnight to compare with, so
`careless` stays open after the adoption. `careful` says by itself what clears it.

== playbook
products:
  crm: {adopted: events >= 25}
stages: {regular_use: active_days >= 1}
alerts:
  careless:
    scope: account
    open: observed_days >= 30 && (products_adopted == 0 || crm.usage_change(14) <= -0.3)
  careful:
    scope: account
    open: observed_days >= 30 && (products_adopted == 0 || crm.usage_change(14) <= -0.3)
    clear: products_adopted >= 1

== input
2026-03-01 entitlement acme crm active
2026-04-10 usage acme crm x25
until 2026-04-20

== output without evidence
2026-03-01T12:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-31T00:00Z  acme  alert careless opens  (day 2026-03-31)
2026-03-31T00:00Z  acme  alert careful opens  (day 2026-03-31)
2026-04-10T12:00Z  acme/crm  entitled → adopted, term  (line 2)
2026-04-10T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 2)
2026-04-10T12:00Z  acme  alert careful clears: condition, open 10 days since 2026-03-31T00:00Z  (line 2)
