Today is not over, and this product's feed delivers in the night that follows: `complete.` leaves out today, and `settle_days: 1` the day before. Used daily up to
03-20: on 03-25 the three days 03-21 to 03-23 are complete and without use. Neither the morning of a day nor a feed that is late by a night
opens it.

== playbook
products:
  crm: {settle_days: 1, adopted: events >= 1000}
alerts:
  days_without_use:
    scope: product
    open: complete.active_days(3) == 0 && complete.active_days(21) >= 12
    clear: active_days(2) >= 1

== input
2026-03-01..2026-03-20 usage acme crm #use
until 2026-03-27

== output
2026-03-01T12:00Z  acme/crm  none → activated, no term  (event use-2026-03-01)
    active_days(30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-25T00:00Z  acme/crm  alert days_without_use opens  (day 2026-03-25)
    complete.active_days(3) = 0  == 0  2026-03-21..2026-03-23
    complete.active_days(21) = 18  >= 12  2026-03-03..2026-03-23
