With `complete.` before it a metric reads complete days only: N days that end with D − 1 − `settle_days`. `crm` has the playbook's two days to settle,
`hub` its own none.

| D | `crm.complete…(3)` reads | `hub.complete…(3)` reads |
|---|---|---|
| 03-04 | 02-27 ..= 03-01 | 03-01 ..= 03-03 |
| 03-05 | 02-28 ..= 03-02 | 03-02 ..= 03-04 |
| 03-07 | 03-02 ..= 03-04 | 03-04 ..= 03-06 |

So what is done on D counts later, and a day that was empty when it passed may still be filled without a false alarm: `quiet` would open on `crm` with
the boundary to 03-08, whose three days are 03-03 ..= 03-05, were it not for the row of 03-04 that comes on 03-07. It opens on the boundary to 03-10, when
03-05 ..= 03-07 are read. On `hub` it opens with the first boundary that has three empty days behind it, 03-05 (03-02 ..= 03-04).

== playbook
settle_days: 2
products:
  crm: {features: {a: {tier: core}, b: }}
  hub: {settle_days: 0}
alerts:
  quiet: {scope: product, open: complete.active_days(3) == 0 && observed_days >= 4}
  users_of_a: {scope: account, open: 'crm.complete.users_of("a", 3) >= 1'}

== input
2026-03-01T09:00Z entitlement acme crm active seats=4 #seats
2026-03-01T09:00Z usage acme crm a user=ann x5 #one
2026-03-01T09:00Z usage acme crm b user=bob x3 #two
2026-03-01T09:00Z usage acme hub x2 #three
2026-03-02T09:00Z usage acme crm a user=ann x4 #four
2026-03-02T09:00Z workflow acme flow crm>hub x2 #flow
2026-03-03 ask acme crm.complete.events(3); hub.complete.events(3)
2026-03-04 ask acme crm.complete.events(3); crm.complete.events("a", 3); crm.complete.active_users(3); crm.complete.users_of("a", 3)
ask acme crm.complete.features_used(3); crm.complete.feature_share(3); crm.complete.stickiness(3); crm.complete.concentration(3)
ask acme crm.complete.license_utilization(3); crm.complete.workflow_runs(3); hub.complete.workflow_runs(3); crm.complete.active_weeks(1)
2026-03-05 ask acme crm.complete.events(3); crm.complete.active_users(3); crm.complete.features_used("core", 3); crm.complete.workflow_runs("flow", 3)
2026-03-07T01:00Z tick
{"type":"usage","account":"acme","product":"crm","time":"2026-03-04T09:00:00Z","id":"late"}
2026-03-11 tick

== output
2026-03-01T09:00Z  acme/crm  none → entitled, term  (event seats)
2026-03-01T09:00Z  acme/crm  entitled → adopted, term  (event one)
    active_days(7) = 1  >= 1  2026-02-23..2026-03-01
2026-03-01T09:00Z  acme  not_adopted → single_product, 1 adopted  (event one)
    products_adopted = 1  >= 1
2026-03-01T09:00Z  acme/hub  none → adopted, no term  (event three)
    active_days(7) = 1  >= 1  2026-02-23..2026-03-01
2026-03-01T09:00Z  acme  single_product → multi_product, 2 adopted  (event three)
    products_adopted = 2  >= 2
2026-03-03  acme  crm.complete.events(3) = 0
2026-03-03  acme  hub.complete.events(3) = 2
2026-03-04T00:00Z  acme  alert users_of_a opens  (day 2026-03-04)
    crm.complete.users_of("a", 3) = 1  >= 1  2026-02-27..2026-03-01
2026-03-04  acme  crm.complete.events(3) = 8
2026-03-04  acme  crm.complete.events("a", 3) = 5
2026-03-04  acme  crm.complete.active_users(3) = 2
2026-03-04  acme  crm.complete.users_of("a", 3) = 1
2026-03-04  acme  crm.complete.features_used(3) = 2
2026-03-04  acme  crm.complete.feature_share(3) = 1.0
2026-03-04  acme  crm.complete.stickiness(3) = 0.3333333333333333
2026-03-04  acme  crm.complete.concentration(3) = 0.625
2026-03-04  acme  crm.complete.license_utilization(3) = 0.5
2026-03-04  acme  crm.complete.workflow_runs(3) = 0
2026-03-04  acme  hub.complete.workflow_runs(3) = 2
2026-03-04  acme  crm.complete.active_weeks(1) = 1
2026-03-05T00:00Z  acme/hub  alert quiet opens  (day 2026-03-05)
    complete.active_days(3) = 0  == 0  2026-03-02..2026-03-04
    observed_days = 4  >= 4
2026-03-05  acme  crm.complete.events(3) = 12
2026-03-05  acme  crm.complete.active_users(3) = 2
2026-03-05  acme  crm.complete.features_used("core", 3) = 1
2026-03-05  acme  crm.complete.workflow_runs("flow", 3) = 2
2026-03-08T00:00Z  acme  alert users_of_a clears: condition, open 4 days since 2026-03-04T00:00Z  (day 2026-03-08)
    crm.complete.users_of("a", 3) = 0  >= 1  2026-03-03..2026-03-05
2026-03-10T00:00Z  acme/crm  alert quiet opens  (day 2026-03-10)
    complete.active_days(3) = 0  == 0  2026-03-05..2026-03-07
    observed_days = 9  >= 4
