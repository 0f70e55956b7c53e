D never goes back: at 01:00 UTC on 03-02 it is still 03-01 in New York, but D stays 03-02 until 03-03 starts there, at 05:00 UTC. What
happens meanwhile is of 03-01, and late.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 3
alerts:
  odd: {scope: account, open: "observed_days in [1, 3]"}

== input
2026-03-01 touchpoint acme call
2026-03-02T01:00Z account acme time_zone=America/New_York
2026-03-02T02:00Z usage acme crm
ask acme crm.events(1); crm.events(2); crm.days_since_use
2026-03-03T04:59:59.999Z ask acme observed_days
2026-03-03T05:00Z ask acme observed_days
2026-03-03T06:00Z account acme clear=["time_zone"]
2026-03-04T00:00Z ask acme observed_days

== output
2026-03-02T00:00Z  acme  alert odd opens  (day 2026-03-02)
    observed_days = 1  in [1,3]
2026-03-02T02:00Z  acme/crm  none → activated, no term  (line 3)
    active_days(30) = 1  >= 1  2026-02-01..2026-03-02
2026-03-02  acme  crm.events(1) = 0
2026-03-02  acme  crm.events(2) = 1
2026-03-02  acme  crm.days_since_use = 1
2026-03-02  acme  observed_days = 1
2026-03-03T05:00Z  acme  alert odd clears: condition, open 1 days since 2026-03-02T00:00Z  (day 2026-03-03)
    observed_days = 2  in [1,3]
2026-03-03  acme  observed_days = 2
2026-03-04T00:00Z  acme  alert odd opens  (day 2026-03-04)
    observed_days = 3  in [1,3]
2026-03-04  acme  observed_days = 3
