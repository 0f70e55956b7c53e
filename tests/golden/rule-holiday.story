Ten a day, but for the days from 12-24 to 01-04. `dropped` takes them for a drop; `usage_drop` waits until none of the days that it compares is a holiday, of today and
the 28 before.

== playbook
calendars:
  de: [{from: 2026-12-24, to: 2027-01-04}]
products:
  crm: {adopted: events >= 1000}
alerts:
  dropped:
    scope: product
    open: usage_change(14) <= -0.3 && usage_shift(14) <= -2.5
    clear: usage_change(14) >= -0.15
    for_days: 1
  usage_drop:
    scope: product
    open: usage_change(14) <= -0.3 && usage_shift(14) <= -2.5 && !holiday("de", 29)
    clear: usage_change(14) >= -0.15
    for_days: 1

== input
2026-11-20..2026-12-23 usage acme crm x10 #use
2027-01-05..2027-02-20 usage acme crm x10 #use

== output without evidence
2026-11-20T12:00Z  acme/crm  none → activated, no term  (event use-2026-11-20)
2026-12-30T00:00Z  acme/crm  alert dropped opens  (day 2026-12-30)
2027-01-13T00:00Z  acme/crm  alert dropped clears: condition, open 14 days since 2026-12-30T00:00Z  (day 2027-01-13)
