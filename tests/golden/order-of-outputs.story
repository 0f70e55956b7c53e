One cause, here the boundary to 03-08: product stages in the playbook's order (not in that of the events), one account stage, alerts
rule by rule and within a rule product by product, then plays likewise.

== playbook
products:
  zeta: {name: Zeta}
  alpha: {name: Alpha}
stages: {hold_days: 0}
plays:
  call: {scope: product, open: active_days(7) < 1, due_days: 5}
  visit: {scope: account, open: products_adopted == 0 && observed_days >= 1}
alerts:
  quiet: {scope: product, open: active_days(7) < 1}
  shrunk: {scope: account, open: products_adopted == 0 && observed_days >= 1}
  asleep: {scope: product, open: active_days(6) < 1 && active_days(7) < 1}

== input
2026-03-01T01:00Z usage acme alpha
2026-03-01T02:00Z usage acme zeta
until 2026-03-08

== output without evidence
2026-03-01T01:00Z  acme/alpha  none → adopted, no term  (line 1)
2026-03-01T01:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
2026-03-01T02:00Z  acme/zeta  none → adopted, no term  (line 2)
2026-03-01T02:00Z  acme  single_product → multi_product, 2 adopted  (line 2)
2026-03-08T00:00Z  acme/zeta  adopted → activated, no term  (day 2026-03-08)
2026-03-08T00:00Z  acme/alpha  adopted → activated, no term  (day 2026-03-08)
2026-03-08T00:00Z  acme  multi_product → not_adopted, 0 adopted  (day 2026-03-08)
2026-03-08T00:00Z  acme/zeta  alert quiet opens  (day 2026-03-08)
2026-03-08T00:00Z  acme/alpha  alert quiet opens  (day 2026-03-08)
2026-03-08T00:00Z  acme  alert shrunk opens  (day 2026-03-08)
2026-03-08T00:00Z  acme/zeta  alert asleep opens  (day 2026-03-08)
2026-03-08T00:00Z  acme/alpha  alert asleep opens  (day 2026-03-08)
2026-03-08T00:00Z  acme/zeta  play call opens, due 2026-03-13  (day 2026-03-08)
2026-03-08T00:00Z  acme/alpha  play call opens, due 2026-03-13  (day 2026-03-08)
2026-03-08T00:00Z  acme  play visit opens  (day 2026-03-08)
