A rule with `absent` is judged of products whose stage is `none`, also of those that the account never had; `products` names the only ones. Once acme has mail, it no longer
applies.

== playbook
products:
  crm: {name: CRM}
  mail: {name: Mail}
  desk: {name: Desk}
plays:
  offer: {scope: product, absent: true, products: [mail, desk], open: account.products_adopted >= 1, due_days: 60}

== input
2026-03-01 usage acme crm
2026-03-03 entitlement acme mail active
until 2026-03-12

== output without evidence
2026-03-01T12:00Z  acme/crm  none → adopted, no term  (line 1)
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
2026-03-01T12:00Z  acme/mail  play offer opens, due 2026-04-30  (line 1)
2026-03-01T12:00Z  acme/desk  play offer opens, due 2026-04-30  (line 1)
2026-03-03T12:00Z  acme/mail  none → entitled, term  (line 2)
2026-03-03T12:00Z  acme/mail  play offer closes: no_longer_applies, open 2 days since 2026-03-01T12:00Z, due 2026-04-30  (line 2)
