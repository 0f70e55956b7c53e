A feature is used effectively on two days. The second is told late and lies before the first: it opens nothing, and the next record, be it of
another product, finds that it is so. Late once more, the second day of the other feature makes the product adopted at once.

== playbook
products:
  crm:
    features: {a: {}, b: {}}
    adopted: effective_features >= 2
  hub: {adopted: events >= 1000}
alerts:
  at_home: {scope: product, open: effective_features >= 1}

== input
2026-03-10T01:00Z usage acme crm a
2026-03-08T01:00Z usage acme crm a #late
2026-03-10T02:00Z usage acme hub
2026-03-10T03:00Z usage acme crm b
2026-03-07T01:00Z usage acme crm b #late-again

== output without evidence
2026-03-10T01:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-10T02:00Z  acme/hub  none → activated, no term  (line 3)
2026-03-10T02:00Z  acme/crm  alert at_home opens  (line 3)
2026-03-07T01:00Z  acme/crm  activated → adopted, no term  (event late-again)
2026-03-07T01:00Z  acme  not_adopted → single_product, 1 adopted  (event late-again)
