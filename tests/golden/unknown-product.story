A product that the playbook does not name is kept out of every metric and stage. It is an event of the account all the same: the
account begins with it.

== playbook
products:
  crm: {name: CRM}
alerts:
  observed: {scope: account, open: observed_days >= 1}

== input
2026-03-01T01:00Z usage acme ghost x5
2026-03-01T02:00Z entitlement acme ghost active seats=5
2026-03-01T03:00Z gauge acme ghost level 5
ask acme observed_days; products_active; products_entitled
until 2026-03-02

== output
2026-03-01  acme  observed_days = 0
2026-03-01  acme  products_active = 0
2026-03-01  acme  products_entitled = 0
2026-03-02T00:00Z  acme  alert observed opens  (day 2026-03-02)
    observed_days = 1  >= 1
