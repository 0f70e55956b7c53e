A day without midnight: on 2018-11-04 São Paulo went from 00:00 to 01:00, and the day starts there, at 03:00 UTC.

== playbook
time_zone: America/Sao_Paulo
products:
  crm: {name: CRM}
alerts:
  odd: {scope: account, open: "observed_days in [1, 3]"}

== input
2018-11-03 touchpoint acme call
2018-11-04T02:59:59.999Z ask acme observed_days
until 2018-11-06

== output without evidence
2018-11-03  acme  observed_days = 0
2018-11-04T03:00Z  acme  alert odd opens  (day 2018-11-04)
2018-11-05T02:00Z  acme  alert odd clears: condition, open 1 days since 2018-11-04T03:00Z  (day 2018-11-05)
2018-11-06T02:00Z  acme  alert odd opens  (day 2018-11-06)
