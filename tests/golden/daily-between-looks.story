Between looks nothing happens to a daily rule or a segment: that the level was 0 for an hour breaks the live rule alone.

== playbook
products:
  crm: {adopted: events >= 1000}
measures:
  lev: {of: product, value: 'gauge("g")'}
alerts:
  daily: {scope: product, open: 'lev >= 5', for_days: 2}
  live: {scope: product, open: 'gauge("g") >= 5', for_days: 2}
segments:
  s: {when: 'crm.gauge("g") >= 5', for_days: 2}

== input
2026-03-01 usage acme crm
2026-03-01T13:00Z gauge acme crm g 5
2026-03-03T10:00Z gauge acme crm g 0
2026-03-03T11:00Z gauge acme crm g 5
until 2026-03-06

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-03T00:00Z  acme/crm  alert live opens  (day 2026-03-03)
2026-03-03T10:00Z  acme/crm  alert live clears: condition, open 0 days since 2026-03-03T00:00Z  (line 3)
2026-03-04T00:00Z  acme  segment s entered  (day 2026-03-04)
2026-03-04T00:00Z  acme/crm  alert daily opens  (day 2026-03-04)
2026-03-05T00:00Z  acme/crm  alert live opens  (day 2026-03-05)
