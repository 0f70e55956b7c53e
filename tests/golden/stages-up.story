Each stage, one step at a time. Up goes at once, one event from the old stage to the new; evidence is every comparison of the
condition reached, and `entitled` has none.

== playbook
products:
  crm:
    features: {a: {tier: core}, b: {tier: advanced}}
    adopted: events("a") >= 3
  hub: {name: Hub}

== input
2026-03-01 entitlement acme crm active #bought
2026-03-02 usage acme crm user=ann #login
2026-03-03 usage acme crm a user=ann x3 #works
2026-03-04 usage acme crm b user=ann #advanced
2026-03-05 integration acme crm>hub connected #connected

== output
2026-03-01T12:00Z  acme/crm  none → entitled, term  (event bought)
2026-03-02T12:00Z  acme/crm  entitled → activated, term  (event login)
    active_days(30) = 1  >= 1  2026-02-01..2026-03-02
2026-03-03T12:00Z  acme/crm  activated → adopted, term  (event works)
    events("a", 30) = 3  >= 3  2026-02-02..2026-03-03
    active_days(7) = 2  >= 1  2026-02-25..2026-03-03
2026-03-03T12:00Z  acme  not_adopted → single_product, 1 adopted  (event works)
    products_adopted = 1  >= 1
2026-03-04T12:00Z  acme/crm  adopted → proficient, term  (event advanced)
    features_used("advanced", 30) = 1  >= 1  2026-02-03..2026-03-04
2026-03-05T12:00Z  acme/crm  proficient → integrated, term  (event connected)
    integrations = 1  >= 1
    workflow_runs(30) = 0  >= 1  2026-02-04..2026-03-05
