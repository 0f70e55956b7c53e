Blocks of seven days, the last of which ends on D: on 03-15 they are 03-09 ..= 03-15, 03-02 ..= 03-08, 02-23 ..= 03-01.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 3

== input
2026-03-01 usage acme crm
2026-03-07 ask acme crm.active_weeks(1)
2026-03-08 ask acme crm.active_weeks(1); crm.active_weeks(2)
2026-03-15 usage acme crm
ask acme crm.active_weeks(1); crm.active_weeks(2); crm.active_weeks(3); crm.active_weeks(13)

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-07  acme  crm.active_weeks(1) = 1
2026-03-08  acme  crm.active_weeks(1) = 0
2026-03-08  acme  crm.active_weeks(2) = 1
2026-03-15  acme  crm.active_weeks(1) = 1
2026-03-15  acme  crm.active_weeks(2) = 1
2026-03-15  acme  crm.active_weeks(3) = 2
2026-03-15  acme  crm.active_weeks(13) = 2
