A play that guards held back when its opening was last judged is looked at as if it were daily: use that takes it out of its condition for some hours
is not seen, and it opens on the first boundary on which no guard is true, not with the use before. A play that was not held back opens with use at once.

== playbook
products:
  crm: {}
guardrails:
  called: {holds_back: days_since_touchpoint < 3}
plays:
  busy: {scope: product, open: active_days(2) >= 1 && events(1) < 9, guards: [called]}
  free: {scope: product, open: events(1) >= 5, clear: events(1) < 5}

== input
2026-03-01 touchpoint acme call
2026-03-01 usage acme crm x3
2026-03-01T13:00Z usage acme crm x20
2026-03-02 usage acme crm x20
2026-03-03 usage acme crm x1
2026-03-04 usage acme crm x2
until 2026-03-07

== output without evidence
2026-03-01T12:00Z  acme/crm  none → adopted, no term  (line 2)
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 2)
2026-03-01T12:00Z  acme/crm  play busy suppressed by called  (line 2)
2026-03-01T13:00Z  acme/crm  play free opens  (line 3)
2026-03-02T00:00Z  acme/crm  play free closes: condition, open 1 days since 2026-03-01T13:00Z  (day 2026-03-02)
2026-03-02T12:00Z  acme/crm  play free opens  (line 4)
2026-03-03T00:00Z  acme/crm  play free closes: condition, open 1 days since 2026-03-02T12:00Z  (day 2026-03-03)
2026-03-04T00:00Z  acme/crm  play busy opens  (day 2026-03-04)
2026-03-06T00:00Z  acme/crm  play busy closes: condition, open 2 days since 2026-03-04T00:00Z  (day 2026-03-06)
