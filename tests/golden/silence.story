A silent account decays on its day, though its next event comes weeks later: every boundary up to the clock is lived through, one at a
time, before that event is applied.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 3

== input
2026-03-01 usage acme crm a x3
2026-05-20 usage acme crm #back

== output without evidence
2026-03-01T12:00Z  acme/crm  none → adopted, no term  (line 1)
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
2026-03-15T00:00Z  acme/crm  adopted → activated, no term  (day 2026-03-15)
2026-03-15T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2026-03-15)
2026-04-07T00:00Z  acme/crm  activated → entitled, no term  (day 2026-04-07)
2026-05-20T12:00Z  acme/crm  entitled → activated, no term  (event back)
