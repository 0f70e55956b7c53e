A play of a product closes with `no_longer_applies` as well. It is a clear: `cooldown_days` counts from it.

== playbook
products:
  crm: {name: CRM, adopted: events >= 100}
plays:
  call: {scope: product, open: events < 5, cooldown_days: 3, due_days: 10}

== input
2026-03-01T01:00Z entitlement acme crm active
2026-03-02T01:00Z entitlement acme crm ended
2026-03-02T02:00Z entitlement acme crm active
until 2026-03-10

== output
2026-03-01T01:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-01T01:00Z  acme/crm  play call opens, due 2026-03-11  (line 1)
    events(30) = 0  < 5  2026-01-31..2026-03-01
2026-03-02T01:00Z  acme/crm  entitled → none, no term  (line 2)
2026-03-02T01:00Z  acme/crm  play call closes: no_longer_applies, open 1 days since 2026-03-01T01:00Z, due 2026-03-11  (line 2)
2026-03-02T02:00Z  acme/crm  none → entitled, term  (line 3)
2026-03-05T00:00Z  acme/crm  play call opens, due 2026-03-15  (day 2026-03-05)
    events(30) = 0  < 5  2026-02-04..2026-03-05
