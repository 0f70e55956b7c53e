The shipped alert on use with much chance in it, of a product used on Tuesdays and Thursdays: two fortnights hold too few days to compare, four weeks hold eight.
Ten each time, five from 03-24 on. After the fifth lower day, 04-07, four weeks have 3·10 + 5·5 = 55, 80 before: −0.3125. Of the 28 differences five are −5, so A = −25,
B = 28·125 − 25² = 2875, and −25 ÷ √(2875 ÷ 27) = −2.42; after four it was −20 ÷ √(2400 ÷ 27) = −2.12. Six weeks have 95, 120 before: −0.2083, and −25 ÷ √(4625 ÷ 41) =
−2.35. It opens with the next boundary, as `for_days` is 1.

== playbook shipped
only: usage_decline

== input
2026-01-06 usage acme crm user=ann x10 #use
2026-01-08 usage acme crm user=ann x10 #use
2026-01-13 usage acme crm user=ann x10 #use
2026-01-15 usage acme crm user=ann x10 #use
2026-01-20 usage acme crm user=ann x10 #use
2026-01-22 usage acme crm user=ann x10 #use
2026-01-27 usage acme crm user=ann x10 #use
2026-01-29 usage acme crm user=ann x10 #use
2026-02-03 usage acme crm user=ann x10 #use
2026-02-05 usage acme crm user=ann x10 #use
2026-02-10 usage acme crm user=ann x10 #use
2026-02-12 usage acme crm user=ann x10 #use
2026-02-17 usage acme crm user=ann x10 #use
2026-02-19 usage acme crm user=ann x10 #use
2026-02-24 usage acme crm user=ann x10 #use
2026-02-26 usage acme crm user=ann x10 #use
2026-03-03 usage acme crm user=ann x10 #use
2026-03-05 usage acme crm user=ann x10 #use
2026-03-10 usage acme crm user=ann x10 #use
2026-03-12 usage acme crm user=ann x10 #use
2026-03-17 usage acme crm user=ann x10 #use
2026-03-19 usage acme crm user=ann x10 #use
2026-03-24 usage acme crm user=ann x5 #use
2026-03-26 usage acme crm user=ann x5 #use
2026-03-31 usage acme crm user=ann x5 #use
2026-04-02 usage acme crm user=ann x5 #use
2026-04-07 usage acme crm user=ann x5 #use
until 2026-04-09

== output
2026-01-06T12:00Z  acme/crm  none → activated, no term  (event use)
    active_days(30) = 1  >= 1  2025-12-08..2026-01-06
2026-01-13T12:00Z  acme/ann  campaign drive_deals triggered, tokens {"company":null,"feature":"Deals","user":null,"value":"seeing what closes this month"}  (event use)
    crm.active_days(14) = 3  >= 3  2025-12-31..2026-01-13
2026-01-27T00:00Z  acme/ann  campaign drive_deals missed, tokens {"company":null,"feature":"Deals","user":null,"value":"seeing what closes this month"}, triggered 2026-01-13T12:00Z  (day 2026-01-27)
2026-04-09T00:00Z  acme/crm  alert usage_decline opens  (day 2026-04-09)
    usage_change(28) = -0.3125  <= -0.3  2026-02-12..2026-04-08
    usage_shift(28) = -2.4227185592617446  <= -2.2  2026-02-12..2026-04-08
    usage_change(42) = -0.20833333333333334  <= -0.15  2026-01-15..2026-04-08
    usage_shift(42) = -2.3538352832219465  <= -1.1  2026-01-15..2026-04-08
