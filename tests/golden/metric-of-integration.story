How the products belong together. Connections count each way; that with a product which the playbook does not name counts in nothing. While
the account is entitled to two products, by their use, two connections are possible, and both are in place; with a third, six are. A synergy
is unlocked by a run of its workflow; it is untapped where it is not, and the account is entitled to all of its products.

== playbook
products:
  crm: {adopted: events >= 1000}
  portal: {adopted: events >= 1000}
  vault: {adopted: events >= 1000}
synergies:
  leads: {products: [crm, portal], by: workflow_runs("lead") >= 1}
  safe: {products: [crm, vault], by: workflow_runs("archive") >= 1}

== input
2026-03-01 usage acme crm
ask acme integrations_active; integrations_possible; integration_score; synergies_unlocked; synergies_untapped
2026-03-02 usage acme portal
2026-03-02 integration acme crm>portal connected
2026-03-02 integration acme portal>crm connected
2026-03-02 integration acme crm>other connected
ask acme integrations_active; integrations_possible; integration_score; synergies_unlocked; synergies_untapped
2026-03-03 workflow acme lead crm>portal
2026-03-03 usage acme vault
ask acme integrations_active; integrations_possible; integration_score; synergies_unlocked; synergies_untapped
2026-03-04 integration acme portal>crm disconnected
ask acme integrations_active; integration_score

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-01  acme  integrations_active = 0
2026-03-01  acme  integrations_possible = 0
2026-03-01  acme  integration_score = null
2026-03-01  acme  synergies_unlocked = 0
2026-03-01  acme  synergies_untapped = 0
2026-03-02T12:00Z  acme/portal  none → activated, no term  (line 3)
2026-03-02  acme  integrations_active = 2
2026-03-02  acme  integrations_possible = 2
2026-03-02  acme  integration_score = 100.0
2026-03-02  acme  synergies_unlocked = 0
2026-03-02  acme  synergies_untapped = 1
2026-03-03T12:00Z  acme/vault  none → activated, no term  (line 9)
2026-03-03  acme  integrations_active = 2
2026-03-03  acme  integrations_possible = 6
2026-03-03  acme  integration_score = 33.333333333333336
2026-03-03  acme  synergies_unlocked = 1
2026-03-03  acme  synergies_untapped = 1
2026-03-04  acme  integrations_active = 1
2026-03-04  acme  integration_score = 16.666666666666668
