The shipped alert: 5 users of 10 seats, entitled and observed since 03-01, so for 30 days on 03-31. 6 of 10 is neither below 0.6 nor 0.65.

== playbook shipped
only: low_license_utilization

== input
2026-03-01 entitlement acme crm active seats=10
2026-03-20 usage acme crm user=ann
2026-03-20 usage acme crm user=bob
2026-03-20 usage acme crm user=cid
2026-03-20 usage acme crm user=dan
2026-03-20 usage acme crm user=eve
2026-04-01T01:00Z usage acme crm user=flo
2026-04-01T02:00Z usage acme crm user=gus

== output
2026-03-01T12:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-20T12:00Z  acme/crm  entitled → activated, term  (line 2)
    active_days(30) = 1  >= 1  2026-02-19..2026-03-20
2026-03-31T00:00Z  acme/crm  alert low_license_utilization opens  (day 2026-03-31)
    license_utilization(30) = 0.5  < 0.6  2026-03-02..2026-03-31
    entitled_days = 30  >= 30
    seats_days = 30  >= 30
    observed_days = 30  >= 30
2026-04-01T02:00Z  acme/crm  alert low_license_utilization clears: condition, open 1 days since 2026-03-31T00:00Z  (line 8)
    license_utilization(30) = 0.7  >= 0.65  2026-03-03..2026-04-01
