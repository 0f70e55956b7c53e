A millisecond before the boundary nothing has fallen yet. A date is the first instant of the day in the playbook's zone: compare
`day-berlin`.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 3

== input
2026-03-01 usage acme crm a x3
until 2026-03-14T23:59:59.999Z

== output without evidence
2026-03-01T12:00Z  acme/crm  none → adopted, no term  (line 1)
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
