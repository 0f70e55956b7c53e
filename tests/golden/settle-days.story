Comparisons read complete days: with `settle_days: 2` on D the recent week is D−9 ..= D−3 and the one before it D−16 ..= D−10. Ten a day up to 03-14, then
nothing until the rows of 03-15 and 03-16 come late, with that of 03-17: on 03-18 all days up to 03-15 are as they were done.

Nothing more comes. On 03-22 the recent week is 03-13 ..= 03-19: 50 against 70 in 03-06 ..= 03-12, (50 − 70) ÷ 70 = −0.2857142857142857, which is above
−0.3. On 03-23 it is 40 against 70: −0.42857142857142855; differences −10 on three of seven days: −30 ÷ √((7·300 − 900) ÷ 6) = −2.1213203435596424.

== playbook
settle_days: 2
products: {crm: }
alerts: {drop: {scope: product, open: usage_change(7) <= -0.3 && usage_shift(7) < -2}}

== input
2026-03-01..2026-03-14 usage acme crm x10 #use
2026-03-17T20:00Z tick
{"type":"usage","account":"acme","product":"crm","time":"2026-03-15T09:00:00Z","quantity":10}
{"type":"usage","account":"acme","product":"crm","time":"2026-03-16T09:00:00Z","quantity":10}
{"type":"usage","account":"acme","product":"crm","time":"2026-03-17T09:00:00Z","quantity":10}
2026-03-22T09:00Z ask acme crm.usage_change(7)
until 2026-03-23

== output
2026-03-01T12:00Z  acme/crm  none → adopted, no term  (event use-2026-03-01)
    active_days(7) = 1  >= 1  2026-02-23..2026-03-01
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (event use-2026-03-01)
    products_adopted = 1  >= 1
2026-03-22  acme  crm.usage_change(7) = -0.2857142857142857
2026-03-23T00:00Z  acme/crm  alert drop opens  (day 2026-03-23)
    usage_change(7) = -0.42857142857142855  <= -0.3  2026-03-07..2026-03-20
    usage_shift(7) = -2.1213203435596424  < -2  2026-03-07..2026-03-20
