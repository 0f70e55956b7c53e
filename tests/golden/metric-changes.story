`usage_change(7)` on D compares D−7 ..= D−1 with D−14 ..= D−8; D itself is in neither. It is missing where the earlier week has less
than 20 (globex has 19), and where the product was first used after D−14; `frequency_change(7)` where the earlier week has no day.

| D | earlier week | recent week |
|---|---|---|
| 03-15 | 20 on 2 days | 10 on 1 |
| 03-16 | 11 on 2 days | 100 on 1 |
| 03-23 | 100 on 1 day | nothing |
| 03-30 | nothing | nothing |

== playbook
min_active_days: 1
products:
  crm:
    features: {a: }
    adopted: events("a") >= 3

== input
2026-03-01 usage globex crm x19
2026-03-01 usage acme crm x19
2026-03-02 usage acme crm
2026-03-08 usage acme crm x10
2026-03-14 ask acme crm.usage_change(7); crm.frequency_change(7)
2026-03-15T01:00Z ask acme crm.usage_change(7); crm.frequency_change(7)
ask globex crm.usage_change(7); crm.frequency_change(7)
2026-03-15T02:00Z usage acme crm x100
ask acme crm.usage_change(7); crm.frequency_change(7)
2026-03-16 ask acme crm.usage_change(7); crm.frequency_change(7)
2026-03-23 ask acme crm.usage_change(7); crm.frequency_change(7)
2026-03-30 ask acme crm.usage_change(7); crm.frequency_change(7)

== output without evidence
2026-03-01T12:00Z  globex/crm  none → activated, no term  (line 1)
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 2)
2026-03-14  acme  crm.usage_change(7) = null
2026-03-14  acme  crm.frequency_change(7) = null
2026-03-15  acme  crm.usage_change(7) = -0.5
2026-03-15  acme  crm.frequency_change(7) = -0.5
2026-03-15  globex  crm.usage_change(7) = null
2026-03-15  globex  crm.frequency_change(7) = -1
2026-03-15  acme  crm.usage_change(7) = -0.5
2026-03-15  acme  crm.frequency_change(7) = -0.5
2026-03-16  acme  crm.usage_change(7) = null
2026-03-16  acme  crm.frequency_change(7) = -0.5
2026-03-23  acme  crm.usage_change(7) = -1.0
2026-03-23  acme  crm.frequency_change(7) = -1
2026-03-30  acme  crm.usage_change(7) = null
2026-03-30  acme  crm.frequency_change(7) = null
