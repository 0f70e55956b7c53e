Days of 23 and of 25 hours. The rule holds on the first and the third day after the account began, so that every boundary says
something. Berlin goes forward on 2026-03-29 and back on 2026-10-25.

== playbook
time_zone: Europe/Berlin
products:
  crm: {name: CRM}
alerts:
  odd: {scope: account, open: "observed_days in [1, 3]"}

== input
2026-03-28 touchpoint acme call
2026-10-24 touchpoint globex call
until 2026-10-27

== output
2026-03-28T23:00Z  acme  alert odd opens  (day 2026-03-29)
    observed_days = 1  in [1,3]
2026-03-29T22:00Z  acme  alert odd clears: condition, open 1 days since 2026-03-28T23:00Z  (day 2026-03-30)
    observed_days = 2  in [1,3]
2026-03-30T22:00Z  acme  alert odd opens  (day 2026-03-31)
    observed_days = 3  in [1,3]
2026-03-31T22:00Z  acme  alert odd clears: condition, open 1 days since 2026-03-30T22:00Z  (day 2026-04-01)
    observed_days = 4  in [1,3]
2026-10-24T22:00Z  globex  alert odd opens  (day 2026-10-25)
    observed_days = 1  in [1,3]
2026-10-25T23:00Z  globex  alert odd clears: condition, open 1 days since 2026-10-24T22:00Z  (day 2026-10-26)
    observed_days = 2  in [1,3]
2026-10-26T23:00Z  globex  alert odd opens  (day 2026-10-27)
    observed_days = 3  in [1,3]
