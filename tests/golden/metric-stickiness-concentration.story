Stickiness over 03-01 and 03-02: two users, then one, a mean of 1.5, of 2 active users. Concentration: 3 of the 4 events that name a
feature; logins name none. Usage without a user counts, but as nobody's.

== playbook
products:
  crm:
    features: {a: , b: }
    adopted: events("a") >= 100

== input
2026-03-01 usage acme crm a user=ann x3
2026-03-01 usage acme crm b user=bob
2026-03-02 usage acme crm user=ann x10
ask acme crm.stickiness(2); crm.concentration(2)
2026-03-03 ask acme crm.stickiness(2); crm.concentration(2)
2026-03-04 usage acme crm x5
ask acme crm.stickiness(2); crm.active_users(2); crm.events(2); crm.active_days(2)

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-02  acme  crm.stickiness(2) = 0.75
2026-03-02  acme  crm.concentration(2) = 0.75
2026-03-03  acme  crm.stickiness(2) = 0.5
2026-03-03  acme  crm.concentration(2) = null
2026-03-04  acme  crm.stickiness(2) = null
2026-03-04  acme  crm.active_users(2) = 0
2026-03-04  acme  crm.events(2) = 5
2026-03-04  acme  crm.active_days(2) = 1
