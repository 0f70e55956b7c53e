Key users who are gone. Gil was active on the first five days of March and then no more: with N = 7 that is seen from 03-13 on, when four of
them lie in D − 14 to D − 8 and none later, until on 03-17 only three of them do. Hal leaves on 03-20, and the window with him. Ida is the
vendor's own.

== playbook
products:
  crm: {adopted: events >= 1000}

== input
2026-03-01 user acme gil key=true
2026-03-01..2026-03-05 usage acme crm user=gil #g
2026-03-02 user acme hal key=true left=2026-03-20
2026-03-02 user acme ida key=true internal=true left=2026-03-20
2026-03-12 ask acme key_users_gone(7)
2026-03-13 ask acme key_users_gone(7)
2026-03-16 ask acme key_users_gone(7)
2026-03-17 ask acme key_users_gone(7); levels
2026-03-20 ask acme key_users_gone(7)
2026-03-26 ask acme key_users_gone(7)
2026-03-27 ask acme key_users_gone(7)

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (event g-2026-03-01)
2026-03-12  acme  key_users_gone(7) = 0
2026-03-13  acme  key_users_gone(7) = 1
2026-03-16  acme  key_users_gone(7) = 1
2026-03-17  acme  key_users_gone(7) = 0
2026-03-17  acme  levels = null
2026-03-20  acme  key_users_gone(7) = 1
2026-03-26  acme  key_users_gone(7) = 1
2026-03-27  acme  key_users_gone(7) = 0
