Of few users one more or less is much, so the rule counts them instead of comparing, asks for a product that has been in use for a while, and clears at four
where it opens at two. Four users on 02-20 leave the 14 days on 03-06.

== playbook
products:
  crm: {adopted: events >= 1000}
alerts:
  going_quiet:
    scope: product
    open: active_users(14) <= 2 && days_since_first_use >= 60
    clear: active_users(14) >= 4

== input
2026-01-01 usage acme crm user=ann
2026-02-20 usage acme crm user=ann
2026-02-20 usage acme crm user=ben
2026-02-20 usage acme crm user=cleo
2026-02-20 usage acme crm user=dan
2026-03-10 usage acme crm user=ann
2026-03-10 usage acme crm user=ben
2026-03-10 usage acme crm user=cleo
2026-03-10 usage acme crm user=dan

== output
2026-01-01T12:00Z  acme/crm  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2025-12-03..2026-01-01
2026-02-07T00:00Z  acme/crm  activated → entitled, no term  (day 2026-02-07)
    active_days(30) = 0  >= 1  2026-01-09..2026-02-07
2026-02-20T12:00Z  acme/crm  entitled → activated, no term  (line 2)
    active_days(30) = 1  >= 1  2026-01-22..2026-02-20
2026-03-06T00:00Z  acme/crm  alert going_quiet opens  (day 2026-03-06)
    active_users(14) = 0  <= 2  2026-02-21..2026-03-06
    days_since_first_use = 64  >= 60
2026-03-10T12:00Z  acme/crm  alert going_quiet clears: condition, open 4 days since 2026-03-06T00:00Z  (line 9)
    active_users(14) = 4  >= 4  2026-02-25..2026-03-10
