`usage_change` and `usage_shift` are missing where fewer than `min_active_days` of the N days before have usage, however much it is: 60 actions on
each of four days of a fortnight say nothing. Five days of it do; where N is less than `min_active_days`, all N days. `frequency_change` needs one.

On 03-29 the fortnight 03-01 ..= 03-14 has four days of `acme` and five of `globex`, and the one after it none: −300 ÷ √((14·18000 − 90000) ÷ 13) is
−2.6874192494328497. On 03-07 the three days
03-01 ..= 03-03 have usage by `initech`, of the three days after them two: (40 − 60) ÷ 60, and d = 0, 0, −20, so −20 ÷ √((3·400 − 400) ÷ 2) = −1.

== playbook
products: {crm: {adopted: seats >= 1}}

== input
2026-03-01..2026-03-05 usage initech crm x20 #use
2026-03-07 ask initech crm.usage_change(3); crm.usage_shift(3)
2026-03-01 usage acme crm x60
2026-03-04 usage acme crm x60
2026-03-08 usage acme crm x60
2026-03-12 usage acme crm x60
2026-03-01..2026-03-05 usage globex crm x60 #use
2026-03-29 ask acme crm.usage_change(14); crm.usage_shift(14); crm.frequency_change(14)
ask globex crm.usage_change(14); crm.usage_shift(14); crm.frequency_change(14)

== output without evidence
2026-03-01T12:00Z  initech/crm  none → activated, no term  (event use-2026-03-01)
2026-03-07  initech  crm.usage_change(3) = -0.3333333333333333
2026-03-07  initech  crm.usage_shift(3) = -1.0
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 7)
2026-03-01T12:00Z  globex/crm  none → activated, no term  (event use-2026-03-01)
2026-03-29  acme  crm.usage_change(14) = null
2026-03-29  acme  crm.usage_shift(14) = null
2026-03-29  acme  crm.frequency_change(14) = -1.0
2026-03-29  globex  crm.usage_change(14) = -1.0
2026-03-29  globex  crm.usage_shift(14) = -2.6874192494328497
2026-03-29  globex  crm.frequency_change(14) = -1.0
