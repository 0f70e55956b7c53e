A user who turns out to be another is that one from then on and for the past: an anonymous device id and the person who signed in on it are one. anon's
day 03-04 and ann's 03-05 are one user's two days. What comes of the old id, or of one that leads to it, is ann's; her profile alone counts.
Where both are one already, nothing happens.

== playbook
products:
  crm: {features: {a: , b: }, adopted: events >= 1000}

== input
2026-03-04 usage acme crm a x2 user=anon
2026-03-04 usage acme crm b user=ben
2026-03-05 usage acme crm a user=ann
2026-03-05 ask acme crm.active_users; crm.users_of("a"); crm.stickiness(2)
2026-03-05 user acme anon merged_into=ann internal=true
2026-03-05 ask acme crm.active_users; crm.users_of("a"); crm.stickiness(2); crm.events
2026-03-05 user acme tablet merged_into=anon
2026-03-05 usage acme crm b user=tablet
2026-03-05 ask acme crm.active_users; crm.users_of("b"); crm.events
2026-03-05 user acme ann merged_into=tablet
2026-03-05 user acme anon left=2026-03-05
2026-03-05 ask acme crm.active_users; crm.users_of("a"); crm.events

== output without evidence
2026-03-04T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-05  acme  crm.active_users = 3
2026-03-05  acme  crm.users_of("a") = 2
2026-03-05  acme  crm.stickiness(2) = 0.5
2026-03-05  acme  crm.active_users = 2
2026-03-05  acme  crm.users_of("a") = 1
2026-03-05  acme  crm.stickiness(2) = 0.75
2026-03-05  acme  crm.events = 4
2026-03-05  acme  crm.active_users = 2
2026-03-05  acme  crm.users_of("b") = 2
2026-03-05  acme  crm.events = 5
2026-03-05  acme  crm.active_users = 1
2026-03-05  acme  crm.users_of("a") = 0
2026-03-05  acme  crm.events = 5
