`cooldown_days: 5`: it opens again on the day of its last clear + 5 at the earliest. The default `clear` is `!(open)`, whose evidence is
that of `open`.

== playbook
products:
  crm: {name: CRM}
alerts:
  big: {scope: account, open: employees > 100, cooldown_days: 5}

== input
2026-03-01 account acme employees=200
2026-03-02 account acme employees=50
2026-03-03 account acme employees=200
until 2026-03-10

== output
2026-03-01T12:00Z  acme  alert big opens  (line 1)
    employees = 200  > 100
2026-03-02T12:00Z  acme  alert big clears: condition, open 1 days since 2026-03-01T12:00Z  (line 2)
    employees = 50  > 100
2026-03-07T00:00Z  acme  alert big opens  (day 2026-03-07)
    employees = 200  > 100
