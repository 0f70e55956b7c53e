`ladder: highest`: the highest stage whose own condition holds, whether or not lower ones do, `entitled` among them. A term that has
ended is none whatever holds.

== playbook
products:
  crm:
    features: {a: {tier: core}, b: {tier: advanced}}
    adopted: events("a") >= 3
  hub: {name: Hub}
stages: {ladder: highest}

== input
2026-03-01 usage acme crm b
2026-03-02 integration globex crm>hub connected
2026-03-03 entitlement globex crm ended

== output
2026-03-01T12:00Z  acme/crm  none → proficient, no term  (line 1)
    features_used("advanced", 30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
    products_adopted = 1  >= 1
2026-03-02T12:00Z  globex/crm  none → integrated, no term  (line 2)
    integrations = 1  >= 1
    workflow_runs(30) = 0  >= 1  2026-02-01..2026-03-02
2026-03-02T12:00Z  globex/hub  none → integrated, no term  (line 2)
    integrations = 1  >= 1
    workflow_runs(30) = 0  >= 1  2026-02-01..2026-03-02
2026-03-02T12:00Z  globex  not_adopted → multi_product, 2 adopted  (line 2)
    products_adopted = 2  >= 2
2026-03-03T12:00Z  globex/crm  integrated → none, no term  (line 3)
2026-03-03T12:00Z  globex  multi_product → single_product, 1 adopted  (line 3)
    products_adopted = 1  >= 2
