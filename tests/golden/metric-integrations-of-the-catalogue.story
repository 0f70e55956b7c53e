Where the playbook tells which products may be connected, only those connections count: here from the CRM to the portal, and from the vault
to the CRM. The connection from the portal to the CRM is none of them; that of the vault is possible only once the account is entitled to it.
Terms end, and connections outlast them: a score is 100 at most.

== playbook
products:
  crm: {adopted: events >= 1000}
  portal: {adopted: events >= 1000}
  vault: {adopted: events >= 1000}
integrations:
  - {from: crm, to: portal}
  - {from: vault, to: crm}

== input
2026-03-01 usage acme crm
2026-03-01 usage acme portal
2026-03-02 integration acme portal>crm connected
ask acme integrations_active; integrations_possible; integration_score
2026-03-02 integration acme crm>portal connected
2026-03-03 entitlement acme vault active
ask acme integrations_active; integrations_possible; integration_score
2026-03-03 integration acme vault>crm connected
2026-03-04 entitlement acme vault ended
ask acme integrations_active; integrations_possible; integration_score

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-01T12:00Z  acme/portal  none → activated, no term  (line 2)
2026-03-02  acme  integrations_active = 0
2026-03-02  acme  integrations_possible = 1
2026-03-02  acme  integration_score = 0
2026-03-03T12:00Z  acme/vault  none → entitled, term  (line 6)
2026-03-03  acme  integrations_active = 1
2026-03-03  acme  integrations_possible = 2
2026-03-03  acme  integration_score = 50.0
2026-03-04T12:00Z  acme/vault  entitled → none, no term  (line 9)
2026-03-04  acme  integrations_active = 2
2026-03-04  acme  integrations_possible = 1
2026-03-04  acme  integration_score = 100
