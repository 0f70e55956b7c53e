`clock_witnesses: 2`: while there is unread input the clock goes as far as two accounts have gone by records of their own. bolt's row of 04-10
moves bolt's own days and nobody else's: acme, whose use of 03-02 comes after it, is not late. bolt's rows behind it are: they open
nothing. With corp's record two accounts have reached 03-06, and acme, which is silent, lives up to it.

== playbook
products:
  crm: {adopted: events >= 100}
alerts:
  quiet: {scope: product, open: active_days(3) < 1}

== settings
clock_witnesses: 2

== input
2026-03-01 usage acme crm
2026-03-01 usage bolt crm
2026-04-10 usage bolt crm
2026-03-02 usage acme crm
ask acme observed_days
2026-03-02 usage bolt crm
ask bolt observed_days
2026-03-06 touchpoint corp call
ask acme observed_days
until 2026-04-11

== output
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-01T12:00Z  bolt/crm  none → activated, no term  (line 2)
    active_days(30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-04T00:00Z  bolt/crm  alert quiet opens  (day 2026-03-04)
    active_days(3) = 0  < 1  2026-03-02..2026-03-04
2026-04-07T00:00Z  bolt/crm  activated → entitled, no term  (day 2026-04-07)
    active_days(30) = 0  >= 1  2026-03-09..2026-04-07
2026-04-10T12:00Z  bolt/crm  entitled → activated, no term  (line 3)
    active_days(30) = 1  >= 1  2026-03-12..2026-04-10
2026-04-10T12:00Z  bolt/crm  alert quiet clears: condition, open 37 days since 2026-03-04T00:00Z  (line 3)
    active_days(3) = 1  < 1  2026-04-08..2026-04-10
2026-03-02  acme  observed_days = 1
2026-04-10  bolt  observed_days = 40
2026-03-05T00:00Z  acme/crm  alert quiet opens  (day 2026-03-05)
    active_days(3) = 0  < 1  2026-03-03..2026-03-05
2026-03-06  acme  observed_days = 5
2026-04-08T00:00Z  acme/crm  activated → entitled, no term  (day 2026-04-08)
    active_days(30) = 0  >= 1  2026-03-10..2026-04-08
