A product that is used once a month has `regular_use` of its own; another keeps that of `stages`, a use within 7 days. Both are adopted on 03-01 by their own
`adopted`. `crm` was last used on 03-01, so its regular use ends with the boundary to 03-08, and with the hold of 7 days it falls on 03-15. `payroll` falls
where 36 days lie behind its last use, from 04-06 on, on 04-13: up to then it is adopted. `audit`, which has `regular_use` alone, is adopted by it, and falls on 04-07, since
no day of 30 has usage from 03-31 on.

== playbook
stages: {activated: active_days(92) >= 1}
products:
  crm: {adopted: events >= 1}
  payroll: {adopted: events(92) >= 1, regular_use: days_since_use <= 35}
  audit: {regular_use: active_days(30) >= 1}

== input
2026-03-01T09:00Z usage acme crm #crm
2026-03-01T09:00Z usage acme payroll #payroll
2026-03-01T09:00Z usage acme audit #audit
until 2026-04-14

== output without evidence
2026-03-01T09:00Z  acme/crm  none → adopted, no term  (event crm)
2026-03-01T09:00Z  acme  not_adopted → single_product, 1 adopted  (event crm)
2026-03-01T09:00Z  acme/payroll  none → adopted, no term  (event payroll)
2026-03-01T09:00Z  acme  single_product → multi_product, 2 adopted  (event payroll)
2026-03-01T09:00Z  acme/audit  none → adopted, no term  (event audit)
2026-03-01T09:00Z  acme  multi_product → platform, 3 adopted  (event audit)
2026-03-15T00:00Z  acme/crm  adopted → activated, no term  (day 2026-03-15)
2026-03-15T00:00Z  acme  platform → multi_product, 2 adopted  (day 2026-03-15)
2026-04-07T00:00Z  acme/audit  adopted → activated, no term  (day 2026-04-07)
2026-04-07T00:00Z  acme  multi_product → single_product, 1 adopted  (day 2026-04-07)
2026-04-13T00:00Z  acme/payroll  adopted → activated, no term  (day 2026-04-13)
2026-04-13T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2026-04-13)
