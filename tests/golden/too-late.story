Usage, gauges and workflows of a day before D − 91 are too late; D − 91 = 03-02 is not. Such an event makes no account. Other types are
taken at any age, and an account begins on the clock's day.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 3
  hub: {name: Hub}

== input
2026-06-01 usage acme crm
2026-03-02 usage acme crm
2026-03-01 usage acme crm
2026-03-01 gauge acme crm level 5
2026-03-01 workflow acme flow crm>hub
2026-03-01 usage globex crm
ask globex observed_days
2026-03-01 touchpoint globex call
ask globex observed_days; days_since_touchpoint
ask acme crm.events(92); crm.days_since_first_use; crm.gauge("level", 92); crm.workflow_runs(92)

== output without evidence
2026-06-01T12:00Z  acme/crm  none → activated, no term  (line 1)
dead line 3: too_late /time: expected a day from 2026-03-02 on, the earliest held for this account, found 2026-03-01
dead line 4: too_late /time: expected a day from 2026-03-02 on, the earliest held for this account, found 2026-03-01
dead line 5: too_late /time: expected a day from 2026-03-02 on, the earliest held for this account, found 2026-03-01
dead line 6: too_late /time: expected a day from 2026-03-02 on, the earliest held for this account, found 2026-03-01
globex is not known
2026-06-01  globex  observed_days = 0
2026-06-01  globex  days_since_touchpoint = 92
2026-06-01  acme  crm.events(92) = 2
2026-06-01  acme  crm.days_since_first_use = 91
2026-06-01  acme  crm.gauge("level", 92) = 0.0
2026-06-01  acme  crm.workflow_runs(92) = 0
