`dedupe_ids: 2`: an event whose id is among the last two applied ones of its account is ignored. What is ignored is not applied: after
e3 the last two are e2 and e3, so e1 counts again.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 100

== settings
dedupe_ids: 2

== input
2026-03-01T01:00Z usage acme crm a #e1
2026-03-01T02:00Z usage acme crm a #e2
2026-03-01T03:00Z usage acme crm a #e1
2026-03-01T03:00Z usage globex crm a #e1
ask acme crm.events
2026-03-01T04:00Z usage acme crm a #e3
2026-03-01T05:00Z usage acme crm a #e1
ask acme crm.events
ask globex crm.events

== output without evidence
2026-03-01T01:00Z  acme/crm  none → activated, no term  (event e1)
2026-03-01T03:00Z  globex/crm  none → activated, no term  (event e1)
2026-03-01  acme  crm.events = 2
2026-03-01  acme  crm.events = 4
2026-03-01  globex  crm.events = 1
