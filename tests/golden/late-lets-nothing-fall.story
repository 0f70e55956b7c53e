The order that ended on 03-02 is told on 03-10: it is late, and no stage falls, not for `ended` either, until a cause that is not late comes: an event
of the same day, here, or the next boundary. The touchpoint of 03-04 is late too and lets nothing fall either.

== playbook
products:
  crm: {adopted: events >= 100}

== input
2026-03-10T08:00Z usage acme crm
2026-03-10T09:00Z entitlement acme crm active
2026-03-02T12:00Z entitlement acme crm ended
2026-03-04T12:00Z touchpoint acme call
ask acme crm.entitled
2026-03-10T09:30Z touchpoint acme call
2026-03-10T10:00Z entitlement acme crm active
2026-03-02T12:00Z entitlement acme crm ended
until 2026-03-12

== output
2026-03-10T08:00Z  acme/crm  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2026-02-09..2026-03-10
2026-03-10  acme  crm.entitled = false
2026-03-10T09:30Z  acme/crm  activated → none, no term  (line 6)
2026-03-10T10:00Z  acme/crm  none → activated, term  (line 7)
    active_days(30) = 1  >= 1  2026-02-09..2026-03-10
2026-03-11T00:00Z  acme/crm  activated → none, no term  (day 2026-03-11)
