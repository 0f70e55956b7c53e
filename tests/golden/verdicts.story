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
