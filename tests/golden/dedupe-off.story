Without `dedupe_ids` an event counts as often as it comes.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 100

== input
2026-03-01T01:00Z usage acme crm a #e1
2026-03-01T01:00Z usage acme crm a #e1
ask acme crm.events

== output without evidence
2026-03-01T01:00Z  acme/crm  none → activated, no term  (event e1)
2026-03-01  acme  crm.events = 2
