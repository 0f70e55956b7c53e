Counts of users are of those present: ben, who leaves on 03-06, is in none from that day on, whatever he did before, and is again once his leaving is
told to be later. Sums of events keep what he did. What he does after he has left is in the sums and in no count.

== playbook
products:
  crm: {features: {a: }, adopted: events >= 1000}
alerts:
  few: {scope: product, open: active_users < 2 && events >= 2, clear: active_users >= 2}

== input
2026-03-05 usage acme crm a user=ann
2026-03-05 usage acme crm a x3 user=ben
2026-03-05 user acme ben left=2026-03-06
2026-03-05 ask acme crm.active_users; crm.users_of("a"); crm.stickiness(2)
2026-03-06 ask acme crm.active_users; crm.users_of("a"); crm.events; crm.stickiness(2)
2026-03-07 usage acme crm a user=ben
2026-03-07 ask acme crm.active_users; crm.active_users(1); crm.events; crm.active_days
2026-03-07 user acme ben left=2026-03-09
2026-03-07 ask acme crm.active_users; crm.active_users(1)
until 2026-03-10

== output
2026-03-05T12:00Z  acme/crm  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2026-02-04..2026-03-05
2026-03-05  acme  crm.active_users = 2
2026-03-05  acme  crm.users_of("a") = 2
2026-03-05  acme  crm.stickiness(2) = 0.5
2026-03-06T00:00Z  acme/crm  alert few opens  (day 2026-03-06)
    active_users(30) = 1  < 2  2026-02-05..2026-03-06
    events(30) = 4  >= 2  2026-02-05..2026-03-06
2026-03-06  acme  crm.active_users = 1
2026-03-06  acme  crm.users_of("a") = 1
2026-03-06  acme  crm.events = 4
2026-03-06  acme  crm.stickiness(2) = 0.5
2026-03-07  acme  crm.active_users = 1
2026-03-07  acme  crm.active_users(1) = 0
2026-03-07  acme  crm.events = 5
2026-03-07  acme  crm.active_days = 2
2026-03-07T12:00Z  acme/crm  alert few clears: condition, open 1 days since 2026-03-06T00:00Z  (line 8)
    active_users(30) = 2  >= 2  2026-02-06..2026-03-07
2026-03-07  acme  crm.active_users = 2
2026-03-07  acme  crm.active_users(1) = 1
2026-03-09T00:00Z  acme/crm  alert few opens  (day 2026-03-09)
    active_users(30) = 1  < 2  2026-02-08..2026-03-09
    events(30) = 5  >= 2  2026-02-08..2026-03-09
