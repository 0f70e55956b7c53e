The trailing window of N days is D−N+1 ..= D: all of this was done on 03-01, which is in a window of 7 up to 03-07, of 30 (the
default) up to 03-30 and of 92 (the most) up to 05-31.

== playbook
products:
  crm:
    features: {a: {tier: core}, b: {tier: advanced}}
    adopted: events("a") >= 100
  hub: {name: Hub}

== input
2026-03-01T08:00Z entitlement acme crm active seats=4 #bought
2026-03-01T09:00Z usage acme crm a user=ann x5 #a
2026-03-01T09:30Z usage acme crm not.in.the.catalogue user=bob x2 #other
2026-03-01T10:00Z workflow acme flow crm>hub x2 #flow
2026-03-07 ask acme crm.events(7); crm.events("a", 7); crm.active_users(7)
2026-03-08 ask acme crm.events(7); crm.events("a", 7); crm.active_users(7)
2026-03-30 ask acme crm.events; crm.events("a"); crm.active_users; crm.users_of("a"); crm.active_days; crm.features_used
ask acme crm.features_used("core"); crm.feature_share; crm.license_utilization; crm.stickiness; crm.concentration
ask acme crm.workflow_runs; crm.workflow_runs("flow"); crm.workflow_runs("other"); hub.workflow_runs; products_active
2026-03-31 ask acme crm.events; crm.events("a"); crm.active_users; crm.users_of("a"); crm.active_days; crm.features_used
ask acme crm.features_used("core"); crm.feature_share; crm.license_utilization; crm.stickiness; crm.concentration
ask acme crm.workflow_runs; crm.workflow_runs("flow"); crm.workflow_runs("other"); hub.workflow_runs; products_active
2026-05-31 ask acme crm.events(92); crm.active_users(92); crm.active_days(92); crm.workflow_runs("flow", 92); crm.days_since_use
ask acme crm.events("a", 92); crm.users_of("a", 92); crm.features_used(92)
2026-06-01 ask acme crm.events(92); crm.active_users(92); crm.active_days(92); crm.workflow_runs("flow", 92); crm.days_since_use
ask acme crm.events("a", 92); crm.users_of("a", 92); crm.features_used(92)

== output without evidence
2026-03-01T08:00Z  acme/crm  none → entitled, term  (event bought)
2026-03-01T09:00Z  acme/crm  entitled → activated, term  (event a)
2026-03-07  acme  crm.events(7) = 7
2026-03-07  acme  crm.events("a", 7) = 5
2026-03-07  acme  crm.active_users(7) = 2
2026-03-08  acme  crm.events(7) = 0
2026-03-08  acme  crm.events("a", 7) = 0
2026-03-08  acme  crm.active_users(7) = 0
2026-03-30  acme  crm.events = 7
2026-03-30  acme  crm.events("a") = 5
2026-03-30  acme  crm.active_users = 2
2026-03-30  acme  crm.users_of("a") = 1
2026-03-30  acme  crm.active_days = 1
2026-03-30  acme  crm.features_used = 2
2026-03-30  acme  crm.features_used("core") = 1
2026-03-30  acme  crm.feature_share = 0.5
2026-03-30  acme  crm.license_utilization = 0.5
2026-03-30  acme  crm.stickiness = 0.03333333333333333
2026-03-30  acme  crm.concentration = 0.7142857142857143
2026-03-30  acme  crm.workflow_runs = 2
2026-03-30  acme  crm.workflow_runs("flow") = 2
2026-03-30  acme  crm.workflow_runs("other") = 0
2026-03-30  acme  hub.workflow_runs = 2
2026-03-30  acme  products_active = 1
2026-03-31  acme  crm.events = 0
2026-03-31  acme  crm.events("a") = 0
2026-03-31  acme  crm.active_users = 0
2026-03-31  acme  crm.users_of("a") = 0
2026-03-31  acme  crm.active_days = 0
2026-03-31  acme  crm.features_used = 0
2026-03-31  acme  crm.features_used("core") = 0
2026-03-31  acme  crm.feature_share = 0.0
2026-03-31  acme  crm.license_utilization = 0.0
2026-03-31  acme  crm.stickiness = null
2026-03-31  acme  crm.concentration = null
2026-03-31  acme  crm.workflow_runs = 0
2026-03-31  acme  crm.workflow_runs("flow") = 0
2026-03-31  acme  crm.workflow_runs("other") = 0
2026-03-31  acme  hub.workflow_runs = 0
2026-03-31  acme  products_active = 0
2026-04-07T00:00Z  acme/crm  activated → entitled, term  (day 2026-04-07)
2026-05-31  acme  crm.events(92) = 7
2026-05-31  acme  crm.active_users(92) = 2
2026-05-31  acme  crm.active_days(92) = 1
2026-05-31  acme  crm.workflow_runs("flow", 92) = 2
2026-05-31  acme  crm.days_since_use = 91
2026-05-31  acme  crm.events("a", 92) = 5
2026-05-31  acme  crm.users_of("a", 92) = 1
2026-05-31  acme  crm.features_used(92) = 2
2026-06-01  acme  crm.events(92) = 0
2026-06-01  acme  crm.active_users(92) = 0
2026-06-01  acme  crm.active_days(92) = 0
2026-06-01  acme  crm.workflow_runs("flow", 92) = 0
2026-06-01  acme  crm.days_since_use = 92
2026-06-01  acme  crm.events("a", 92) = 0
2026-06-01  acme  crm.users_of("a", 92) = 0
2026-06-01  acme  crm.features_used(92) = 0
