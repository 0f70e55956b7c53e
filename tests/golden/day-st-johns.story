A midnight that came twice: on 2010-11-07 St John's went back at 00:01 to 23:01 of the 6th. The 7th started at the first midnight,
02:30 UTC, and what happened in the hour after belongs to it, though the wall showed the 6th again.

== playbook
time_zone: America/St_Johns
products:
  crm:
    features: {a: }
    adopted: events("a") >= 3
alerts:
  odd: {scope: account, open: "observed_days in [1, 3]"}

== input
2010-11-06 touchpoint acme call
2010-11-07T02:40Z usage acme crm
ask acme observed_days; crm.events(1)
until 2010-11-09

== output without evidence
2010-11-07T02:30Z  acme  alert odd opens  (day 2010-11-07)
2010-11-07T02:40Z  acme/crm  none → activated, no term  (line 2)
2010-11-07  acme  observed_days = 1
2010-11-07  acme  crm.events(1) = 1
2010-11-08T03:30Z  acme  alert odd clears: condition, open 1 days since 2010-11-07T02:30Z  (day 2010-11-08)
2010-11-09T03:30Z  acme  alert odd opens  (day 2010-11-09)
