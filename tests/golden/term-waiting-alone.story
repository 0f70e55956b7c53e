While nothing but a waiting term was told, the product counts as never told: use alone holds it. The waiting term begins on its day.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 3

== input
2026-03-01 entitlement globex crm active starts=2026-03-10
2026-03-01 entitlement initech crm trialing starts=2026-03-10
2026-03-02 usage globex crm
until 2026-03-10

== output
2026-03-02T12:00Z  globex/crm  none → activated, no term  (line 3)
    active_days(30) = 1  >= 1  2026-02-01..2026-03-02
2026-03-10T00:00Z  initech/crm  none → entitled, term  (day 2026-03-10)
