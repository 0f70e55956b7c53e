S is the D on which less was first derived, here by an event in the middle of 03-02: the fall is on the boundary to 03-09. On the way
the gauge was up again for an hour on 03-04 at globex, which makes 03-04 its S.

== playbook
products:
  crm:
    adopted: gauge("level") >= 1
stages: {regular_use: active_days >= 1}

== input
2026-03-01T08:00Z usage acme crm
2026-03-01T08:00Z usage globex crm
2026-03-01T09:00Z gauge acme crm level 5
2026-03-01T09:00Z gauge globex crm level 5
2026-03-02T15:00Z gauge acme crm level 0
2026-03-02T15:00Z gauge globex crm level 0
2026-03-04T15:00Z gauge globex crm level 1
2026-03-04T16:00Z gauge globex crm level 0.5
until 2026-03-11

== output without evidence
2026-03-01T08:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-01T08:00Z  globex/crm  none → activated, no term  (line 2)
2026-03-01T09:00Z  acme/crm  activated → adopted, no term  (line 3)
2026-03-01T09:00Z  acme  not_adopted → single_product, 1 adopted  (line 3)
2026-03-01T09:00Z  globex/crm  activated → adopted, no term  (line 4)
2026-03-01T09:00Z  globex  not_adopted → single_product, 1 adopted  (line 4)
2026-03-09T00:00Z  acme/crm  adopted → activated, no term  (day 2026-03-09)
2026-03-09T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2026-03-09)
2026-03-11T00:00Z  globex/crm  adopted → activated, no term  (day 2026-03-11)
2026-03-11T00:00Z  globex  single_product → not_adopted, 0 adopted  (day 2026-03-11)
