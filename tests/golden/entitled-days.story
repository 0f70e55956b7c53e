Days since the product has been entitled without a break: where the term before was not `ended` and lasted at least to the day
before the new one begins, the earlier beginning counts.

| | terms | since |
|---|---|---|
| acme | to 01-31, then from 02-01 | 01-01 |
| globex | to 01-31, then from 02-02: a break | 02-02 |
| initech | ended on 02-01, begun again the same day: a break | 02-01 |
| umbrella | from 01-10, told anew as from 01-05 | 01-05 |

== playbook
products:
  crm: {name: CRM}

== input
2026-01-01 entitlement acme crm active ends=2026-01-31
2026-01-01 entitlement acme crm active starts=2026-02-01
2026-01-01 entitlement globex crm active ends=2026-01-31
2026-01-01 entitlement globex crm active starts=2026-02-02
2026-01-10 entitlement initech crm active
2026-01-10 entitlement umbrella crm active
2026-01-15 entitlement umbrella crm active starts=2026-01-05
2026-02-01T10:00Z entitlement initech crm ended
2026-02-01T11:00Z entitlement initech crm active
2026-02-10 ask acme crm.entitled_days
ask globex crm.entitled_days
ask initech crm.entitled_days
ask umbrella crm.entitled_days

== output
2026-01-01T12:00Z  acme/crm  none → entitled, term  (line 1)
2026-01-01T12:00Z  globex/crm  none → entitled, term  (line 3)
2026-01-10T12:00Z  initech/crm  none → entitled, term  (line 5)
2026-01-10T12:00Z  umbrella/crm  none → entitled, term  (line 6)
2026-02-01T10:00Z  initech/crm  entitled → none, no term  (line 8)
2026-02-01T00:00Z  globex/crm  entitled → none, no term  (day 2026-02-01)
2026-02-01T11:00Z  initech/crm  none → entitled, term  (line 9)
2026-02-02T00:00Z  globex/crm  none → entitled, term  (day 2026-02-02)
2026-02-10  acme  crm.entitled_days = 40
2026-02-10  globex  crm.entitled_days = 8
2026-02-10  initech  crm.entitled_days = 9
2026-02-10  umbrella  crm.entitled_days = 36
