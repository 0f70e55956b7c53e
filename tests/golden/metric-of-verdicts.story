What was concluded, asked for by its id: of the account in what is about it, of a product or a user and its account in what is about those.
The benchmark is that of the first segment in file order that the account is in and that names it: at 300 employees of `large`, which names
no other.

== playbook
products:
  crm: {adopted: events >= 3}
  portal: {adopted: events >= 3}
segments:
  large: {when: employees >= 200, benchmarks: {products_adopted: 2.4}}
  any: {when: employees >= 1, benchmarks: {products_adopted: 1.6, nrr: 0.95}}
milestones:
  first_use: {of: product, when: active_days >= 1}
  told: {of: account, when: employees >= 1}
alerts:
  used: {scope: product, open: events >= 2}
  quiet: {scope: user, open: days_since_use >= 3}
plays:
  grow: {scope: account, open: employees >= 200}

== input
2026-03-01 usage acme crm user=ann
ask acme segment("any"); milestone("told"); days_since_milestone("told"); crm.milestone("first_use"); portal.milestone("first_use")
ask acme benchmark("products_adopted"); benchmark("nrr"); alert_open("used"); play_open("grow")
2026-03-02 account acme employees=50
2026-03-03 usage acme crm user=bob
ask acme segment("large"); segment("any"); milestone("told"); days_since_milestone("told"); benchmark("products_adopted"); benchmark("nrr")
ask acme crm.milestone("first_use"); crm.days_since_milestone("first_use"); portal.days_since_milestone("first_use")
ask acme alert_open("used"); crm.alert_open("used"); portal.alert_open("used"); crm.play_open("grow")
2026-03-04 account acme employees=300
ask acme segment("large"); benchmark("products_adopted"); benchmark("nrr"); play_open("grow"); portal.play_open("grow")
ask acme alert_open("quiet")
ask acme/ann alert_open("quiet"); play_open("grow")
ask acme/bob alert_open("quiet")

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-01T12:00Z  acme/crm  milestone first_use achieved by ann  (line 1)
2026-03-01  acme  segment("any") = false
2026-03-01  acme  milestone("told") = false
2026-03-01  acme  days_since_milestone("told") = null
2026-03-01  acme  crm.milestone("first_use") = true
2026-03-01  acme  portal.milestone("first_use") = false
2026-03-01  acme  benchmark("products_adopted") = null
2026-03-01  acme  benchmark("nrr") = null
2026-03-01  acme  alert_open("used") = false
2026-03-01  acme  play_open("grow") = false
2026-03-02T12:00Z  acme  segment any entered  (line 4)
2026-03-02T12:00Z  acme  milestone told achieved  (line 4)
2026-03-03T12:00Z  acme/crm  alert used opens  (line 5)
2026-03-03  acme  segment("large") = false
2026-03-03  acme  segment("any") = true
2026-03-03  acme  milestone("told") = true
2026-03-03  acme  days_since_milestone("told") = 1
2026-03-03  acme  benchmark("products_adopted") = 1.6
2026-03-03  acme  benchmark("nrr") = 0.95
2026-03-03  acme  crm.milestone("first_use") = true
2026-03-03  acme  crm.days_since_milestone("first_use") = 2
2026-03-03  acme  portal.days_since_milestone("first_use") = null
2026-03-03  acme  alert_open("used") = true
2026-03-03  acme  crm.alert_open("used") = true
2026-03-03  acme  portal.alert_open("used") = false
2026-03-03  acme  crm.play_open("grow") = false
2026-03-04T00:00Z  acme/ann  alert quiet opens  (day 2026-03-04)
2026-03-04T12:00Z  acme  segment large entered  (line 9)
2026-03-04T12:00Z  acme  play grow opens  (line 9)
2026-03-04  acme  segment("large") = true
2026-03-04  acme  benchmark("products_adopted") = 2.4
2026-03-04  acme  benchmark("nrr") = 0.95
2026-03-04  acme  play_open("grow") = true
2026-03-04  acme  portal.play_open("grow") = true
2026-03-04  acme  alert_open("quiet") = true
2026-03-04  acme/ann  alert_open("quiet") = true
2026-03-04  acme/ann  play_open("grow") = true
2026-03-04  acme/bob  alert_open("quiet") = false
