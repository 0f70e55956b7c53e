`usage_shift(N)` says by how many standard errors the N recent days differ from the N days before, each from its own: with d the differences,
A = Σd and B = N·Σd² − A², it is A ÷ √(B ÷ (N − 1)).

| account | previous, recent | A | Σd² | B | A ÷ √(B ÷ (N − 1)) |
|---|---|---|---|---|---|
| daily | 10 a day; 9 such days and 5 of none | −50 | 500 | 14·500 − 2500 = 4500 | −50 ÷ √(4500 ÷ 13) = −2.68741924943285 |
| weekdays | weekdays at 10; weekdays at 5 | −50 | 250 | 14·250 − 2500 = 1000 | −50 ÷ √(1000 ÷ 13) = −5.7008771254956905 |
| four | 9, 4, 4, 12; 3, 0, 7, 1 | −18 | 182 | 4·182 − 324 = 404 | −18 ÷ √(404 ÷ 3) = −1.5511094719778504 |
| halved | three days of 10; three of 5 | −15 | 75 | 3·75 − 225 = 0 | no error at all: −10⁹ |
| steady | three days of 10; three of 10 | 0 | 0 | 0 | missing |
| swapped | 10, 20; 20, 10 | 0 | 200 | 400 | 0 |

It is missing where `usage_change` is: `daily` was first used on 03-01, so on 03-28 there are no 28 complete days behind it.

== playbook
products: {crm: {adopted: seats >= 1}}

== input
2026-03-01 usage four crm x9
2026-03-02 usage four crm x4
2026-03-03 usage four crm x4
2026-03-04 usage four crm x12
2026-03-05 usage four crm x3
2026-03-07 usage four crm x7
2026-03-08 usage four crm x1
2026-03-09 ask four crm.usage_shift(4)
2026-03-01..2026-03-23 usage daily crm x10 #use
2026-03-28 ask daily crm.usage_shift(14); crm.usage_change(14)
2026-03-23..2026-03-25 usage halved crm x10 #use
2026-03-26..2026-03-28 usage halved crm x5 #use
2026-03-23..2026-03-28 usage steady crm x10 #use
2026-03-25 usage swapped crm x10
2026-03-26..2026-03-27 usage swapped crm x20 #use
2026-03-28 usage swapped crm x10
2026-03-29 ask daily crm.usage_shift(14); crm.usage_change(14)
ask halved crm.usage_shift(3); crm.usage_change(3)
ask steady crm.usage_shift(3); crm.usage_change(3)
ask swapped crm.usage_shift(2); crm.usage_change(2)
2026-03-02..2026-03-06 usage weekdays crm x10 #use
2026-03-09..2026-03-13 usage weekdays crm x10 #use
2026-03-16..2026-03-20 usage weekdays crm x5 #use
2026-03-23..2026-03-27 usage weekdays crm x5 #use
2026-03-30 ask weekdays crm.usage_shift(14)

== output without evidence
2026-03-01T12:00Z  four/crm  none → activated, no term  (line 1)
2026-03-09  four  crm.usage_shift(4) = -1.5511094719778504
2026-03-01T12:00Z  daily/crm  none → activated, no term  (event use-2026-03-01)
2026-03-28  daily  crm.usage_shift(14) = null
2026-03-28  daily  crm.usage_change(14) = null
2026-03-23T12:00Z  halved/crm  none → activated, no term  (event use-2026-03-23)
2026-03-23T12:00Z  steady/crm  none → activated, no term  (event use-2026-03-23)
2026-03-25T12:00Z  swapped/crm  none → activated, no term  (line 45)
2026-03-29  daily  crm.usage_shift(14) = -2.68741924943285
2026-03-29  daily  crm.usage_change(14) = -0.35714285714285715
2026-03-29  halved  crm.usage_shift(3) = -1000000000.0
2026-03-29  halved  crm.usage_change(3) = -0.5
2026-03-29  steady  crm.usage_shift(3) = null
2026-03-29  steady  crm.usage_change(3) = 0.0
2026-03-29  swapped  crm.usage_shift(2) = 0.0
2026-03-29  swapped  crm.usage_change(2) = 0.0
2026-03-02T12:00Z  weekdays/crm  none → activated, no term  (event use-2026-03-02)
2026-03-30  weekdays  crm.usage_shift(14) = -5.7008771254956905
