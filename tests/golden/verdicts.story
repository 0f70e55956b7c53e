Verdicts are read as they stand by what comes later: stages, segments, milestones, alerts, plays, each list from top to bottom. All of it follows from one record, in that order,
though the alert is live and the segment is daily.

== playbook
products:
  crm: {name: CRM}
segments:
  large: {when: employees >= 100}
  huge: {when: segment("large") && employees >= 1000}
milestones:
  grown: {of: account, when: segment("huge")}
alerts:
  watched: {scope: account, open: milestone("grown") && days_since_milestone("grown") <= 2}
plays:
  call: {scope: account, open: alert_open("watched"), due_days: 3}
  visit: {scope: product, open: play_open("call"), due_days: 3}

== input
2026-03-01 usage acme crm
2026-03-02 account acme employees=5000
until 2026-03-10

== output without evidence
2026-03-01T12:00Z  acme/crm  none → adopted, no term  (line 1)
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
2026-03-02T12:00Z  acme  segment large entered  (line 2)
2026-03-02T12:00Z  acme  segment huge entered  (line 2)
2026-03-02T12:00Z  acme  milestone grown achieved  (line 2)
2026-03-02T12:00Z  acme  alert watched opens  (line 2)
2026-03-02T12:00Z  acme  play call opens, due 2026-03-05  (line 2)
2026-03-02T12:00Z  acme/crm  play visit opens, due 2026-03-05  (line 2)
2026-03-05T00:00Z  acme  alert watched clears: condition, open 3 days since 2026-03-02T12:00Z  (day 2026-03-05)
2026-03-05T00:00Z  acme  play call closes: condition, open 3 days since 2026-03-02T12:00Z, due 2026-03-05  (day 2026-03-05)
2026-03-05T00:00Z  acme/crm  play visit closes: condition, open 3 days since 2026-03-02T12:00Z, due 2026-03-05  (day 2026-03-05)
