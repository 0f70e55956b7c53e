The shipped alert on weeks without use, of a product used each Tuesday up to 03-24. On 04-15 three weeks have ended without use: of the six up to then three have use, of the
six before all. Nine Tuesdays of ten lie in twelve weeks. The first use again clears nothing; a second week with use does, once it is a complete day.

== playbook shipped
only: weeks_missed

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
2026-03-24 usage acme crm user=ann x10 #use
2026-04-21 usage acme crm user=ann x10 #use
2026-04-28 usage acme crm user=ann x10 #use
until 2026-04-29

== output
2026-01-06T12:00Z  acme/crm  none → activated, no term  (event use)
    active_days(30) = 1  >= 1  2025-12-08..2026-01-06
2026-04-07T00:00Z  acme/ann  campaign winback triggered, tokens {"company":null,"days":14,"user":null}  (day 2026-04-07)
    days_since_use = 14  >= 14
    days_since_use = 14  <= 60
    active_days(90) = 11  >= 6  2026-01-08..2026-04-07
2026-04-15T00:00Z  acme/crm  alert weeks_missed opens  (day 2026-04-15)
    complete.active_weeks(6) = 3  <= 3  2026-03-04..2026-04-14
    complete.active_weeks(12) - complete.active_weeks(6) = 6  >= 6  2026-01-21..2026-04-14
    complete.events(84) = 90  >= 40  2026-01-21..2026-04-14
2026-04-21T12:00Z  acme/ann  campaign winback reached, tokens {"company":null,"days":14,"user":null}, triggered 2026-04-07T00:00Z  (event use)
    days_since_use = 0  <= 7
2026-04-29T00:00Z  acme/crm  alert weeks_missed clears: condition, open 14 days since 2026-04-15T00:00Z  (day 2026-04-29)
    complete.active_weeks(2) = 2  >= 2  2026-04-15..2026-04-28
