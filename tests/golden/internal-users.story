An internal user's usage and runs are in no metric: looked up when the event is read, so that a change counts from then on and what
counted stays in the sums. Counts of users are of those present, so an internal user is in none. `clear` takes the flag away, `null` does not.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 100
  hub: {name: Hub}

== input
2026-03-01T01:00Z user acme ann internal=true
2026-03-01T02:00Z usage acme crm a user=ann x5
2026-03-01T03:00Z workflow acme flow crm>hub user=ann
ask acme crm.events; crm.active_users; crm.workflow_runs; crm.days_since_use
2026-03-01T03:30Z user acme ann internal=null role=RevOps
2026-03-01T03:40Z usage acme crm a user=ann x9
2026-03-01T04:00Z user acme ann clear=["internal"]
ask acme crm.events
2026-03-01T05:00Z usage acme crm a user=ann x2
2026-03-01T06:00Z user acme ann internal=true
2026-03-01T07:00Z usage acme crm a user=ann x4
ask acme crm.events; crm.active_users

== output without evidence
2026-03-01  acme  crm.events = 0
2026-03-01  acme  crm.active_users = 0
2026-03-01  acme  crm.workflow_runs = 0
2026-03-01  acme  crm.days_since_use = null
2026-03-01  acme  crm.events = 0
2026-03-01T05:00Z  acme/crm  none → activated, no term  (line 9)
2026-03-01  acme  crm.events = 2
2026-03-01  acme  crm.active_users = 0
