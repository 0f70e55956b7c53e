The event that brings a zone is judged in the old one; then D is the clock's day in the new one, and the day jumped ahead is lived
through. At 12:00 UTC on 03-01 it is 02:00 on 03-02 in Kiritimati, where days start at 10:00 UTC.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 3
alerts:
  odd: {scope: account, open: "observed_days in [1, 3]"}
  here: {scope: account, open: region == "emea"}

== input
2026-03-01T11:00Z touchpoint acme call
2026-03-01T12:00Z account acme time_zone=Pacific/Kiritimati region=emea
2026-03-01T13:00Z usage acme crm
until 2026-03-02T10:00Z

== output
2026-03-01T12:00Z  acme  alert here opens  (line 2)
    region = "emea"  == "emea"
2026-03-01T10:00Z  acme  alert odd opens  (day 2026-03-02)
    observed_days = 1  in [1,3]
2026-03-01T13:00Z  acme/crm  none → activated, no term  (line 3)
    active_days(30) = 1  >= 1  2026-02-01..2026-03-02
2026-03-02T10:00Z  acme  alert odd clears: condition, open 1 days since 2026-03-01T10:00Z  (day 2026-03-03)
    observed_days = 2  in [1,3]
