The sum of the quantities of the runs that include the product. Products that the playbook does not name are left out. Runs are not
usage.

== playbook
products:
  crm: {name: CRM}
  hub: {name: Hub}

== input
2026-03-01 workflow acme lead-to-cash crm>hub x3
2026-03-01 workflow acme ticket-to-deal ghost>crm x2
2026-03-02 workflow acme lead-to-cash hub>crm
ask acme crm.workflow_runs; crm.workflow_runs("lead-to-cash"); crm.workflow_runs(1); hub.workflow_runs; crm.active_days

== output
2026-03-02  acme  crm.workflow_runs = 6
2026-03-02  acme  crm.workflow_runs("lead-to-cash") = 4
2026-03-02  acme  crm.workflow_runs(1) = 1
2026-03-02  acme  hub.workflow_runs = 4
2026-03-02  acme  crm.active_days = 0
