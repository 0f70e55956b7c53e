The shipped alert on use once a week, each Tuesday: ten, and five from 03-24 on. Six weeks have six days to compare with six. After the fourth lower one −20 ÷ 60 would be
enough, but −20 ÷ √((42·100 − 400) ÷ 41) = −2.08 is not sure; after the fifth, 04-21, it is −25 ÷ √((42·125 − 625) ÷ 41) = −2.35, and 35 of 60.

== playbook shipped
only: weekly_usage_decline

== input
2026-01-06 usage acme crm user=ann x10 #use
2026-01-13 usage acme crm user=ann x10 #use
2026-01-20 usage acme crm user=ann x10 #use
2026-01-27 usage acme crm user=ann x10 #use
2026-02-03 usage acme crm user=ann x10 #use
2026-02-10 usage acme crm user=ann x10 #use
2026-02-17 usage acme crm user=ann x10 #use
2026-02-24 usage acme crm user=ann x10 #use
2026-03-03 usage acme crm user=ann x10 #use
2026-03-10 usage acme crm user=ann x10 #use
2026-03-17 usage acme crm user=ann x10 #use
2026-03-24 usage acme crm user=ann x5 #use
2026-03-31 usage acme crm user=ann x5 #use
2026-04-07 usage acme crm user=ann x5 #use
2026-04-14 usage acme crm user=ann x5 #use
2026-04-21 usage acme crm user=ann x5 #use
until 2026-04-22

== output
2026-01-06T12:00Z  acme/crm  none → activated, no term  (event use)
    active_days(30) = 1  >= 1  2025-12-08..2026-01-06
2026-04-22T00:00Z  acme/crm  alert weekly_usage_decline opens  (day 2026-04-22)
    usage_change(42) = -0.4166666666666667  <= -0.3  2026-01-28..2026-04-21
    usage_shift(42) = -2.3538352832219465  <= -2.1  2026-01-28..2026-04-21
    complete.active_days(84) = 12  <= 14  2026-01-28..2026-04-21
    complete.active_weeks(12) = 12  >= 8  2026-01-28..2026-04-21
