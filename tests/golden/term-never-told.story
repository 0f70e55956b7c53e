A product never told is held while it was used within the last 92 days: 01-01 is among them up to 04-02.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 3
stages: {hold_days: 0}

== input
2026-01-01 usage acme crm
until 2026-04-03

== output
2026-01-01T12:00Z  acme/crm  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2025-12-03..2026-01-01
2026-01-31T00:00Z  acme/crm  activated → entitled, no term  (day 2026-01-31)
    active_days(30) = 0  >= 1  2026-01-02..2026-01-31
2026-04-03T00:00Z  acme/crm  entitled → none, no term  (day 2026-04-03)
