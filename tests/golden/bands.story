A band is judged on day boundaries only, and told where it is another than was told last: `from` is null at first, and below the first `from` the first band holds. While
crm's stage is `none` its band is not judged, and it is forgotten: what comes after begins anew. A measure that is missing has no band.

== playbook
products:
  crm: {regular_use: active_days >= 4}
measures:
  days: {of: product, value: active_days(7), bands: [{name: few, from: 1}, {name: some, from: 2}, {name: many, from: 4}]}
  heads: {of: account, value: employees, bands: [{name: small, from: 0}, {name: large, from: 100}]}

== input
2026-03-01 entitlement acme crm active
2026-03-02..2026-03-05 usage acme crm #use
2026-03-06T08:00Z account acme employees=50
2026-03-06T09:00Z account acme employees=500
2026-03-07 account acme clear=["employees"]
2026-03-08T09:00Z entitlement acme crm ended
2026-03-08T10:00Z entitlement acme crm active
until 2026-03-20

== output
2026-03-01T12:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-02T00:00Z  acme/crm  band days none → few, 0  (day 2026-03-02)
2026-03-02T12:00Z  acme/crm  entitled → activated, term  (event use-2026-03-02)
    active_days(30) = 1  >= 1  2026-02-01..2026-03-02
2026-03-04T00:00Z  acme/crm  band days few → some, 2  (day 2026-03-04)
2026-03-05T12:00Z  acme/crm  activated → adopted, term  (event use-2026-03-05)
    active_days(30) = 4  >= 4  2026-02-04..2026-03-05
2026-03-05T12:00Z  acme  not_adopted → single_product, 1 adopted  (event use-2026-03-05)
    products_adopted = 1  >= 1
2026-03-06T00:00Z  acme/crm  band days some → many, 4  (day 2026-03-06)
2026-03-07T00:00Z  acme  band heads none → large, 500  (day 2026-03-07)
2026-03-08T00:00Z  acme  band heads large → none, null  (day 2026-03-08)
2026-03-08T09:00Z  acme/crm  adopted → none, no term  (line 9)
2026-03-08T09:00Z  acme  single_product → not_adopted, 0 adopted  (line 9)
    products_adopted = 0  >= 1
2026-03-08T10:00Z  acme/crm  none → adopted, term  (line 10)
    active_days(30) = 4  >= 4  2026-02-07..2026-03-08
2026-03-08T10:00Z  acme  not_adopted → single_product, 1 adopted  (line 10)
    products_adopted = 1  >= 1
2026-03-09T00:00Z  acme/crm  band days none → some, 3  (day 2026-03-09)
2026-03-11T00:00Z  acme/crm  band days some → few, 1  (day 2026-03-11)
