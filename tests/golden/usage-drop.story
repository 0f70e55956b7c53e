The shipped alert, with one threshold to open and another to clear. Two weeks of 10 a day, two of 7 a day: on 03-29, the first day with
four weeks behind it, the change is (98 − 140) ÷ 140 = −0.3 exactly. Then 10 a day again: k days later the recent two weeks have
98 + 3k and the earlier ones 140 − 3k, which is above −0.15 first with k = 4: (110 − 128) ÷ 128.

== playbook shipped

== input
2026-03-01..2026-03-14 usage acme crm user=ann x10 #use
2026-03-15..2026-03-28 usage acme crm user=ann x7 #use
2026-03-29..2026-04-05 usage acme crm user=ann x10 #use

== output
2026-03-01T12:00Z  acme/crm  none → activated, no term  (event use-2026-03-01)
    active_days(30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-29T00:00Z  acme/crm  alert usage_drop opens  (day 2026-03-29)
    usage_change(14) = -0.3  <= -0.3  2026-03-01..2026-03-28
2026-04-02T00:00Z  acme/crm  alert usage_drop clears: condition, open 4 days since 2026-03-29T00:00Z  (day 2026-04-02)
    usage_change(14) = -0.140625  >= -0.15  2026-03-05..2026-04-01
