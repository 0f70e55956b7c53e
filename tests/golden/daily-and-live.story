A rule that reads a measure is daily: usage does not have it looked at, the next boundary does. `judge: live` has it looked at with each event, and `judge: daily` defers what
would be live. Other records than usage, gauges and workflows look at all of them.

== playbook
products:
  crm: {name: CRM}
measures:
  volume: {of: product, value: 10 * events(7)}
alerts:
  by_measure: {scope: product, open: volume >= 30, clear: volume < 30}
  by_measure_live: {scope: product, open: volume >= 30, clear: volume < 30, judge: live}
  by_metric: {scope: product, open: events(7) >= 3, clear: events(7) < 3}
  by_metric_daily: {scope: product, open: events(7) >= 3, clear: events(7) < 3, judge: daily}

== input
2026-03-01T10:00Z usage acme crm x3
2026-03-01T11:00Z usage globex crm x3
2026-03-01T12:00Z account globex name=Globex
until 2026-03-10

== output without evidence
2026-03-01T10:00Z  acme/crm  none → adopted, no term  (line 1)
2026-03-01T10:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
2026-03-01T10:00Z  acme/crm  alert by_measure_live opens  (line 1)
2026-03-01T10:00Z  acme/crm  alert by_metric opens  (line 1)
2026-03-01T11:00Z  globex/crm  none → adopted, no term  (line 2)
2026-03-01T11:00Z  globex  not_adopted → single_product, 1 adopted  (line 2)
2026-03-01T11:00Z  globex/crm  alert by_measure_live opens  (line 2)
2026-03-01T11:00Z  globex/crm  alert by_metric opens  (line 2)
2026-03-01T12:00Z  globex/crm  alert by_measure opens  (line 3)
2026-03-01T12:00Z  globex/crm  alert by_metric_daily opens  (line 3)
2026-03-02T00:00Z  acme/crm  alert by_measure opens  (day 2026-03-02)
2026-03-02T00:00Z  acme/crm  alert by_metric_daily opens  (day 2026-03-02)
2026-03-08T00:00Z  acme/crm  alert by_measure clears: condition, open 6 days since 2026-03-02T00:00Z  (day 2026-03-08)
2026-03-08T00:00Z  acme/crm  alert by_measure_live clears: condition, open 7 days since 2026-03-01T10:00Z  (day 2026-03-08)
2026-03-08T00:00Z  acme/crm  alert by_metric clears: condition, open 7 days since 2026-03-01T10:00Z  (day 2026-03-08)
2026-03-08T00:00Z  acme/crm  alert by_metric_daily clears: condition, open 6 days since 2026-03-02T00:00Z  (day 2026-03-08)
2026-03-08T00:00Z  globex/crm  alert by_measure clears: condition, open 7 days since 2026-03-01T12:00Z  (day 2026-03-08)
2026-03-08T00:00Z  globex/crm  alert by_measure_live clears: condition, open 7 days since 2026-03-01T11:00Z  (day 2026-03-08)
2026-03-08T00:00Z  globex/crm  alert by_metric clears: condition, open 7 days since 2026-03-01T11:00Z  (day 2026-03-08)
2026-03-08T00:00Z  globex/crm  alert by_metric_daily clears: condition, open 7 days since 2026-03-01T12:00Z  (day 2026-03-08)
