While an account is closed no band is judged: that of the product is forgotten with its stage, that of the account stands, and is told where it is
another once the account is open again.

== playbook
products:
  crm: {adopted: events >= 1000}
measures:
  days: {of: product, value: 'active_days(30)', bands: [{name: few, from: 0}, {name: many, from: 4}]}
  heads: {of: account, value: 'employees', bands: [{name: small, from: 0}, {name: large, from: 100}]}

== input
2026-03-01 usage acme crm
2026-03-01T13:00Z account acme employees=50
2026-03-02 account acme closed=2026-03-03
2026-03-04 account acme employees=100
2026-03-06 account acme clear=["closed"]
until 2026-03-08

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-02T00:00Z  acme/crm  band days none → few, 1  (day 2026-03-02)
2026-03-02T00:00Z  acme  band heads none → small, 50  (day 2026-03-02)
2026-03-03T00:00Z  acme/crm  activated → none, no term  (day 2026-03-03)
2026-03-06T12:00Z  acme/crm  none → activated, no term  (line 5)
2026-03-07T00:00Z  acme/crm  band days none → few, 1  (day 2026-03-07)
2026-03-07T00:00Z  acme  band heads small → large, 100  (day 2026-03-07)
