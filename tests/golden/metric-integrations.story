Connections are directed: A→B and B→A are two, told twice is one. One with a product that the playbook does not name counts for the
one that it names.

== playbook
products:
  crm: {name: CRM}
  hub: {name: Hub}

== input
2026-03-01 integration acme crm>hub connected
2026-03-01 integration acme crm>hub connected
2026-03-01 integration acme hub>crm connected
ask acme crm.integrations; hub.integrations
2026-03-02 integration acme crm>ghost connected
ask acme crm.integrations; hub.integrations
2026-03-03 integration acme crm>hub disconnected
2026-03-03 integration acme crm>nobody disconnected
ask acme crm.integrations; hub.integrations

== output
2026-03-01  acme  crm.integrations = 2
2026-03-01  acme  hub.integrations = 2
2026-03-02  acme  crm.integrations = 3
2026-03-02  acme  hub.integrations = 2
2026-03-03  acme  crm.integrations = 2
2026-03-03  acme  hub.integrations = 1
