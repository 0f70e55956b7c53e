A milestone is reached once and for ever: `ten` is not told again after the fall, nor is `two` when acme leaves the second product and comes back. Of products it is judged while
their stage is not `none`, and only of those that are listed. A late record may reach one, with its own time.

== playbook
products:
  crm: {name: CRM}
  mail: {name: Mail}
milestones:
  ten: {of: product, products: [crm], when: events(7) >= 10}
  two: {of: account, when: products_adopted >= 2}
  old: {of: product, when: events(30) >= 100}

== input
2026-03-01 usage acme crm user=ann x10
2026-03-20 usage acme mail
2026-03-20T13:00Z usage acme crm user=bob x10
2026-03-19T13:00Z usage acme mail user=cid x100
until 2026-04-20

== output without evidence
2026-03-01T12:00Z  acme/crm  none → adopted, no term  (line 1)
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
2026-03-01T12:00Z  acme/crm  milestone ten achieved by ann  (line 1)
2026-03-15T00:00Z  acme/crm  adopted → activated, no term  (day 2026-03-15)
2026-03-15T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2026-03-15)
2026-03-20T12:00Z  acme/mail  none → adopted, no term  (line 2)
2026-03-20T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 2)
2026-03-20T13:00Z  acme/crm  activated → adopted, no term  (line 3)
2026-03-20T13:00Z  acme  single_product → multi_product, 2 adopted  (line 3)
2026-03-20T13:00Z  acme  milestone two achieved by bob  (line 3)
2026-03-19T13:00Z  acme/mail  milestone old achieved by cid  (line 4)
2026-04-03T00:00Z  acme/crm  adopted → activated, no term  (day 2026-04-03)
2026-04-03T00:00Z  acme/mail  adopted → activated, no term  (day 2026-04-03)
2026-04-03T00:00Z  acme  multi_product → not_adopted, 0 adopted  (day 2026-04-03)
