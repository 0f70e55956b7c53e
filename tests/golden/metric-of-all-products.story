What an account does with its named products together: days of use count once, features and modules of two products are two, and what is
done with a product that the playbook does not name is in none of it. A workflow run counts once for the account, however many of its
products are named.

== playbook
products:
  crm: {features: {a: {module: m, tier: core}, b: {module: m}}, adopted: events >= 1000}
  portal: {features: {t: {module: m}}, adopted: events >= 1000}

== input
2026-03-01 usage acme crm a x3
2026-03-02 usage acme portal t x4
2026-03-02 usage acme crm b
2026-03-05 usage acme other x100
2026-03-06 ask acme events; events(5); active_days; active_days(5); days_since_use
ask acme features_used; features_used("core"); features_used(5); modules_used; modules_used(4)
2026-03-06 workflow acme lead crm>portal x2
2026-03-06 workflow acme lead portal>other x3
2026-03-07 workflow acme sync other>another x5
ask acme workflow_runs; workflow_runs("lead"); workflow_runs("lead", 1); workflow_runs("sync"); crm.workflow_runs; portal.workflow_runs

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-02T12:00Z  acme/portal  none → activated, no term  (line 2)
2026-03-06  acme  events = 8
2026-03-06  acme  events(5) = 5
2026-03-06  acme  active_days = 2
2026-03-06  acme  active_days(5) = 1
2026-03-06  acme  days_since_use = 4
2026-03-06  acme  features_used = 3
2026-03-06  acme  features_used("core") = 1
2026-03-06  acme  features_used(5) = 2
2026-03-06  acme  modules_used = 2
2026-03-06  acme  modules_used(4) = 0
2026-03-07  acme  workflow_runs = 5
2026-03-07  acme  workflow_runs("lead") = 5
2026-03-07  acme  workflow_runs("lead", 1) = 0
2026-03-07  acme  workflow_runs("sync") = 0
2026-03-07  acme  crm.workflow_runs = 2
2026-03-07  acme  portal.workflow_runs = 5
