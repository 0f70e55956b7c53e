The shipped alert, which asks for a fall and for being sure of it, with one threshold to open and another to clear. Ten a day, then six a day: on 03-29, the
first day with four weeks behind it, (84 − 140) ÷ 140 = −0.4, and all 14 differences are −4: as sure as can be. Of eight weeks, which older accounts are asked for too,
nothing is known yet.

Then 10 a day again: k days later the recent two weeks have 84 + 4k and the earlier ones 136 − 4k, which is above −0.15 first with k = 5:
(104 − 116) ÷ 116.

== playbook shipped
only: usage_drop

== input
2026-03-01..2026-03-14 usage acme crm user=ann x10 #use
2026-03-15..2026-03-29 usage acme crm user=ann x6 #use
2026-03-30..2026-04-05 usage acme crm user=ann x10 #use

== output
2026-03-01T12:00Z  acme/crm  none → activated, no term  (event use-2026-03-01)
    active_days(30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-03T12:00Z  acme/ann  campaign drive_deals triggered, tokens {"company":null,"feature":"Deals","user":null,"value":"seeing what closes this month"}  (event use-2026-03-03)
    crm.active_days(14) = 3  >= 3  2026-02-18..2026-03-03
2026-03-17T00:00Z  acme/ann  campaign drive_deals missed, tokens {"company":null,"feature":"Deals","user":null,"value":"seeing what closes this month"}, triggered 2026-03-03T12:00Z  (day 2026-03-17)
2026-03-29T00:00Z  acme/crm  alert usage_drop opens  (day 2026-03-29)
    usage_change(14) = -0.4  <= -0.3  2026-03-01..2026-03-28
    usage_shift(14) = -1000000000.0  <= -3.3  2026-03-01..2026-03-28
    days_since_first_use = 28  < 56
    usage_shift(28) = null  <= -1.2  2026-02-01..2026-03-28
2026-04-04T00:00Z  acme/crm  alert usage_drop clears: condition, open 6 days since 2026-03-29T00:00Z  (day 2026-04-04)
    usage_change(14) = -0.10344827586206896  >= -0.15  2026-03-07..2026-04-03
