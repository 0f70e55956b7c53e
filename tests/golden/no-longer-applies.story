An unknown clears nothing: an account that has gone silent has not recovered. From 04-11 on `usage_change` is missing, for the earlier
two weeks have less than 20. When the stage becomes none (last use on 03-14, so derived from 06-14 on, held for 7 days), the incident
clears with reason `no_longer_applies` and without evidence.

== playbook shipped
only: usage_drop

== input
2026-03-01..2026-03-14 usage acme crm user=ann x10 #use
until 2026-06-21

== output
2026-03-01T12:00Z  acme/crm  none → activated, no term  (event use-2026-03-01)
    active_days(30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-03T12:00Z  acme/ann  campaign drive_deals triggered, tokens {"company":null,"feature":"Deals","user":null,"value":"seeing what closes this month"}  (event use-2026-03-03)
    crm.active_days(14) = 3  >= 3  2026-02-18..2026-03-03
2026-03-17T00:00Z  acme/ann  campaign drive_deals missed, tokens {"company":null,"feature":"Deals","user":null,"value":"seeing what closes this month"}, triggered 2026-03-03T12:00Z  (day 2026-03-17)
2026-03-28T00:00Z  acme/ann  campaign winback triggered, tokens {"company":null,"days":14,"user":null}  (day 2026-03-28)
    days_since_use = 14  >= 14
    days_since_use = 14  <= 60
    active_days(90) = 14  >= 6  2025-12-29..2026-03-28
2026-03-29T00:00Z  acme/crm  alert usage_drop opens  (day 2026-03-29)
    usage_change(14) = -1.0  <= -0.3  2026-03-01..2026-03-28
    usage_shift(14) = -1000000000.0  <= -3.3  2026-03-01..2026-03-28
    days_since_first_use = 28  < 56
    usage_shift(28) = null  <= -1.2  2026-02-01..2026-03-28
2026-04-18T00:00Z  acme/ann  campaign winback missed, tokens {"company":null,"days":14,"user":null}, triggered 2026-03-28T00:00Z  (day 2026-04-18)
    days_since_use = 35  <= 7
2026-04-20T00:00Z  acme/crm  activated → entitled, no term  (day 2026-04-20)
    active_days(30) = 0  >= 1  2026-03-22..2026-04-20
2026-06-21T00:00Z  acme/crm  entitled → none, no term  (day 2026-06-21)
2026-06-21T00:00Z  acme/crm  alert usage_drop clears: no_longer_applies, open 84 days since 2026-03-29T00:00Z  (day 2026-06-21)
