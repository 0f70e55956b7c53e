A trial that nobody has begun: seven days old, used on fewer than three. It clears with the third day, or once there is a term that is no trial.

== playbook
products:
  crm: {adopted: events >= 1000}
alerts:
  trial_not_begun:
    scope: product
    open: trialing && entitled_days >= 7 && active_days < 3
    clear: active_days >= 3 || !trialing

== input
2026-03-01 entitlement acme crm trialing ends=2026-03-31
2026-03-01 entitlement bolt crm trialing ends=2026-03-31
2026-03-02 usage acme crm
2026-03-09 usage acme crm
2026-03-10 usage acme crm
2026-03-12 entitlement bolt crm active

== output
2026-03-01T12:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-01T12:00Z  bolt/crm  none → entitled, term  (line 2)
2026-03-02T12:00Z  acme/crm  entitled → activated, term  (line 3)
    active_days(30) = 1  >= 1  2026-02-01..2026-03-02
2026-03-08T00:00Z  acme/crm  alert trial_not_begun opens  (day 2026-03-08)
    entitled_days = 7  >= 7
    active_days(30) = 1  < 3  2026-02-07..2026-03-08
2026-03-08T00:00Z  bolt/crm  alert trial_not_begun opens  (day 2026-03-08)
    entitled_days = 7  >= 7
    active_days(30) = 0  < 3  2026-02-07..2026-03-08
2026-03-10T12:00Z  acme/crm  alert trial_not_begun clears: condition, open 2 days since 2026-03-08T00:00Z  (line 5)
    active_days(30) = 3  >= 3  2026-02-09..2026-03-10
2026-03-12T12:00Z  bolt/crm  alert trial_not_begun clears: condition, open 4 days since 2026-03-08T00:00Z  (line 6)
    active_days(30) = 0  >= 3  2026-02-11..2026-03-12
