A day that never was: Samoa skipped 2011-12-30. It is lived through all the same, at the instant at which the 31st starts.

== playbook
time_zone: Pacific/Apia
products:
  crm: {name: CRM}
alerts:
  odd: {scope: account, open: "observed_days in [1, 3]"}

== input
2011-12-29T20:00Z touchpoint acme call
2011-12-30T09:59:59.999Z ask acme observed_days
2011-12-30T10:00Z ask acme observed_days
until 2012-01-01

== output without evidence
2011-12-29  acme  observed_days = 0
2011-12-30T10:00Z  acme  alert odd opens  (day 2011-12-30)
2011-12-30T10:00Z  acme  alert odd clears: condition, open 1 days since 2011-12-30T10:00Z  (day 2011-12-31)
2011-12-31  acme  observed_days = 2
2011-12-31T10:00Z  acme  alert odd opens  (day 2012-01-01)
