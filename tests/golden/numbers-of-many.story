What enters a mean, a share or a sum of many, and what comes out, is rounded to twelve places: one user of three is 0.333333333333, which is less than 1 / 3. Among the managers it is
Bob alone at first, then nobody, of whom there is no share, then Dan, who was never seen. A weighted mean leaves out what is missing.

== playbook
products:
  crm: {features: {x: }}
  mail: {name: Mail}
measures:
  third: {of: account, value: users.share(active_days(7) >= 2)}
  mixed: {of: account, value: 'weighted(employees, 3, users.count(active_days(7) >= 2), 1)'}
alerts:
  share: {scope: account, open: users.share(active_days(7) >= 2) >= 1 / 3}
  below: {scope: account, open: users.share(active_days(7) >= 2) < 1 / 3}
  managers: {scope: account, open: 'users.share(active_days(7) >= 1, level == "manager") >= 0.5'}
  measured: {scope: account, open: third == 0.333333 && mixed == 1}
  mean: {scope: account, open: products.mean(active_days(7)) == 1.5 && products.max(active_days(7)) == 2 && products.sum(events) == 5}

== input
2026-03-01 usage acme crm user=ann
2026-03-01T13:00Z usage acme crm user=bob
2026-03-01T14:00Z user acme bob level=manager
2026-03-01T15:00Z usage acme mail user=cid
2026-03-02 usage acme crm user=ann
2026-03-02T13:00Z usage acme crm user=bob
2026-03-02T14:00Z user acme bob merged_into=ann
2026-03-02T15:00Z user acme dan level=manager
until 2026-03-03

== output
2026-03-01T12:00Z  acme/crm  none → adopted, no term  (line 1)
    active_days(7) = 1  >= 1  2026-02-23..2026-03-01
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
    products_adopted = 1  >= 1
2026-03-01T14:00Z  acme  alert below opens  (line 3)
    users.share(active_days(7) >= 2) = 0  < 0.3333333333333333  2026-02-23..2026-03-01
2026-03-01T14:00Z  acme  alert managers opens  (line 3)
    users.share(active_days(7) >= 1, level == "manager") = 1  >= 0.5  2026-02-23..2026-03-01
2026-03-01T15:00Z  acme/mail  none → adopted, no term  (line 4)
    active_days(7) = 1  >= 1  2026-02-23..2026-03-01
2026-03-01T15:00Z  acme  single_product → multi_product, 2 adopted  (line 4)
    products_adopted = 2  >= 2
2026-03-02T14:00Z  acme  alert share opens  (line 7)
    users.share(active_days(7) >= 2) = 0.5  >= 0.3333333333333333  2026-02-24..2026-03-02
2026-03-02T14:00Z  acme  alert below clears: condition, open 1 days since 2026-03-01T14:00Z  (line 7)
    users.share(active_days(7) >= 2) = 0.5  < 0.3333333333333333  2026-02-24..2026-03-02
2026-03-02T14:00Z  acme  alert mean opens  (line 7)
    products.mean(active_days(7)) = 1.5  == 1.5  2026-02-24..2026-03-02
    products.max(active_days(7)) = 2  == 2  2026-02-24..2026-03-02
    products.sum(events(30)) = 5  == 5  2026-02-01..2026-03-02
2026-03-02T15:00Z  acme  alert share clears: condition, open 0 days since 2026-03-02T14:00Z  (line 8)
    users.share(active_days(7) >= 2) = 0.333333333333  >= 0.3333333333333333  2026-02-24..2026-03-02
2026-03-02T15:00Z  acme  alert below opens  (line 8)
    users.share(active_days(7) >= 2) = 0.333333333333  < 0.3333333333333333  2026-02-24..2026-03-02
2026-03-02T15:00Z  acme  alert managers clears: condition, open 1 days since 2026-03-01T14:00Z  (line 8)
    users.share(active_days(7) >= 1, level == "manager") = 0  >= 0.5  2026-02-24..2026-03-02
2026-03-02T15:00Z  acme  alert measured opens  (line 8)
    third = 0.333333  == 0.333333  2026-02-24..2026-03-02
    mixed = 1  == 1  2026-02-24..2026-03-02
