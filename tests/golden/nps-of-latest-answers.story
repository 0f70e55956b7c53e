NPS is over the latest answers of users who are present; one with the id of an answer replaces it.

== playbook
products:
  crm: {adopted: events >= 1000}

== input
2026-03-01 nps acme ann 10 #a1
2026-03-02 nps acme ben 2 #b1
2026-03-03 nps acme cid 8 #c1
ask acme nps; nps_answers; days_since_nps; nps(2); nps_answers(2)
2026-03-04 nps acme ann 0 #a2
ask acme nps; nps_answers
2026-03-04T13:00Z nps acme ann 9 #a2
ask acme nps
2026-03-05 user acme cid left=2026-03-05
ask acme nps; nps_answers; days_since_nps
2026-03-06 nps acme dan 9 #d1
2026-03-06T13:00Z user acme dan internal=true
ask acme nps_answers; days_since_nps

== output without evidence
2026-03-03  acme  nps = 0.0
2026-03-03  acme  nps_answers = 3
2026-03-03  acme  days_since_nps = 0
2026-03-03  acme  nps(2) = -50.0
2026-03-03  acme  nps_answers(2) = 2
2026-03-04  acme  nps = -66.66666666666667
2026-03-04  acme  nps_answers = 3
2026-03-04  acme  nps = 0.0
2026-03-05  acme  nps = 0.0
2026-03-05  acme  nps_answers = 2
2026-03-05  acme  days_since_nps = 1
2026-03-06  acme  nps_answers = 2
2026-03-06  acme  days_since_nps = 2
