Days since the product has been entitled without a break: since the first begin of the terms in force, or what counted before where that is earlier
and a term was in force on some day from the one before that begin on, unless an `ended` has left none since.

| | terms | since |
|---|---|---|
| acme | to 01-31, then from 02-01 | 01-01 |
| globex | to 01-31, then from 02-02: a break | 02-02 |
| initech | ended on 02-01, begun again the same day: a break | 02-01 |
| umbrella | from 01-10, told anew as from 01-05 | 01-05 |
| hooli | two orders, of which the first ends on 01-31; the second is from 01-20 | 01-01 |
| vandelay | two orders; the first is `ended` while the other is in force | 01-01 |

== playbook
products:
  crm: {name: CRM}

== input
2026-01-01 entitlement acme crm active ends=2026-01-31
2026-01-01 entitlement acme crm active starts=2026-02-01
2026-01-01 entitlement globex crm active ends=2026-01-31
2026-01-01 entitlement globex crm active starts=2026-02-02
2026-01-01 entitlement hooli crm active term=a ends=2026-01-31
2026-01-01 entitlement hooli crm active term=b starts=2026-01-20
2026-01-01 entitlement vandelay crm active term=a
2026-01-05 entitlement vandelay crm active term=b
2026-01-06 entitlement vandelay crm ended term=a
2026-01-10 entitlement initech crm active
2026-01-10 entitlement umbrella crm active
2026-01-15 entitlement umbrella crm active starts=2026-01-05
2026-02-01T10:00Z entitlement initech crm ended
2026-02-01T11:00Z entitlement initech crm active
2026-02-10 ask acme crm.entitled_days
ask globex crm.entitled_days
ask initech crm.entitled_days
ask umbrella crm.entitled_days
ask hooli crm.entitled_days
ask vandelay crm.entitled_days

== output
2026-01-01T12:00Z  acme/crm  none → entitled, term  (line 1)
2026-01-01T12:00Z  globex/crm  none → entitled, term  (line 3)
2026-01-01T12:00Z  hooli/crm  none → entitled, term  (line 5)
2026-01-01T12:00Z  vandelay/crm  none → entitled, term  (line 7)
2026-01-10T12:00Z  initech/crm  none → entitled, term  (line 10)
2026-01-10T12:00Z  umbrella/crm  none → entitled, term  (line 11)
2026-02-01T10:00Z  initech/crm  entitled → none, no term  (line 13)
2026-02-01T00:00Z  globex/crm  entitled → none, no term  (day 2026-02-01)
2026-02-01T11:00Z  initech/crm  none → entitled, term  (line 14)
2026-02-02T00:00Z  globex/crm  none → entitled, term  (day 2026-02-02)
2026-02-10  acme  crm.entitled_days = 40
2026-02-10  globex  crm.entitled_days = 8
2026-02-10  initech  crm.entitled_days = 9
2026-02-10  umbrella  crm.entitled_days = 36
2026-02-10  hooli  crm.entitled_days = 40
2026-02-10  vandelay  crm.entitled_days = 40
