Late use of the first day held, D − 91, is in every window of 92 days; the user's last day stays the later one.

== playbook
products:
  crm:
    features: {a: , b: }
    adopted: events("a") >= 100

== input
2026-06-01 usage acme crm a user=ann
2026-03-02 usage acme crm b user=ann
2026-03-02 usage acme crm b user=bob x3
ask acme crm.events(92); crm.active_users(92); crm.active_users(91); crm.active_days(92); crm.active_weeks(13); crm.features_used(92)
ask acme crm.concentration(92); crm.feature_share(92); crm.stickiness(92); crm.days_since_use; crm.days_since_first_use
2026-06-02 ask acme crm.events(92); crm.active_users(92); crm.active_days(92); crm.concentration(92); crm.days_since_first_use

== output without evidence
2026-06-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-06-01  acme  crm.events(92) = 5
2026-06-01  acme  crm.active_users(92) = 2
2026-06-01  acme  crm.active_users(91) = 1
2026-06-01  acme  crm.active_days(92) = 2
2026-06-01  acme  crm.active_weeks(13) = 1
2026-06-01  acme  crm.features_used(92) = 2
2026-06-01  acme  crm.concentration(92) = 0.8
2026-06-01  acme  crm.feature_share(92) = 1.0
2026-06-01  acme  crm.stickiness(92) = 0.016304347826086956
2026-06-01  acme  crm.days_since_use = 0
2026-06-01  acme  crm.days_since_first_use = 91
2026-06-02  acme  crm.events(92) = 1
2026-06-02  acme  crm.active_users(92) = 1
2026-06-02  acme  crm.active_days(92) = 1
2026-06-02  acme  crm.concentration(92) = 1
2026-06-02  acme  crm.days_since_first_use = 92
