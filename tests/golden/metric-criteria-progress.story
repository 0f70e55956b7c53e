How far a product is on its way to `adopted`, and whom it is for. The vault asks for three things. Of 10 events there are 5; of more than 4
days of use there is one, but of 2 users there is one, too, which is further; whether it is trialing is not known, and so not false: (0.5 +
0.5 + 0) ÷ 3. With a term the last part holds. On 03-15 it has been used on five days: 9 of 10 events, 5 of 4 days, and all is a mean of
0.9, 1 and 1. Whom it is for is not known until the account's employees are.

== playbook
products:
  vault: {fit: employees >= 100, adopted: events >= 10 && (active_days > 4 || active_users >= 2) && !trialing}
  crm: {}

== input
2026-03-11 usage acme vault user=ann x5
ask acme vault.criteria_progress; vault.fit; crm.fit; primary_product; second_product; crm.adopted_days
2026-03-11 entitlement acme vault active
2026-03-11 account acme employees=100
ask acme vault.criteria_progress; vault.fit
2026-03-12..2026-03-15 usage acme vault user=ann #v
ask acme vault.criteria_progress
2026-03-15 account acme employees=99
ask acme vault.fit

== output without evidence
2026-03-11T12:00Z  acme/vault  none → activated, no term  (line 1)
2026-03-11  acme  vault.criteria_progress = 0.333333333333
2026-03-11  acme  vault.fit = null
2026-03-11  acme  crm.fit = null
2026-03-11  acme  primary_product = null
2026-03-11  acme  second_product = null
2026-03-11  acme  crm.adopted_days = null
2026-03-11  acme  vault.criteria_progress = 0.666666666667
2026-03-11  acme  vault.fit = true
2026-03-15  acme  vault.criteria_progress = 0.966666666667
2026-03-15  acme  vault.fit = false
