What holds a play back is told once a day at most, also where it would not open for some hours in between: what holds it back again is told on the next day.

== playbook
guardrails:
  called: {holds_back: days_since_touchpoint < 5}
products: {crm: }
plays:
  grow: {scope: account, open: employees >= 10, guards: [called]}

== input
2026-03-01T08:00Z touchpoint acme call
2026-03-01T09:00Z account acme employees=20
2026-03-01T10:00Z account acme employees=5
2026-03-01T11:00Z account acme employees=30
2026-03-03T10:00Z account acme employees=5
2026-03-04T10:00Z account acme employees=40
until 2026-03-08

== output
2026-03-01T09:00Z  acme  play grow suppressed by called  (line 2)
    days_since_touchpoint = 0  < 5
2026-03-02T00:00Z  acme  play grow suppressed by called  (day 2026-03-02)
    days_since_touchpoint = 1  < 5
2026-03-04T10:00Z  acme  play grow suppressed by called  (line 6)
    days_since_touchpoint = 3  < 5
2026-03-06T00:00Z  acme  play grow opens  (day 2026-03-06)
    employees = 40  >= 10
