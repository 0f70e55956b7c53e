From none straight to the highest stage is one event. All conditions hold, but the term has ended; then a new one is told.

== playbook
products:
  crm:
    features: {a: {tier: core}, b: {tier: advanced}}
    adopted: events("a") >= 3
  hub: {name: Hub}

== input
2026-03-01T09:00Z entitlement acme crm ended
2026-03-01T10:00Z usage acme crm a user=ann x3
2026-03-01T11:00Z usage acme crm b user=ann
2026-03-01T12:00Z integration acme crm>hub connected
2026-03-01T13:00Z entitlement acme crm active #bought

== output
2026-03-01T13:00Z  acme/crm  none → integrated, term  (event bought)
    integrations = 1  >= 1
    workflow_runs(30) = 0  >= 1  2026-01-31..2026-03-01
2026-03-01T13:00Z  acme  not_adopted → single_product, 1 adopted  (event bought)
    products_adopted = 1  >= 1
