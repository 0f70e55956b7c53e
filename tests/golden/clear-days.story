`clear_days: 3`: it clears once `clear` has held since a day C with D ≥ C + 3. A break forgets C.

== playbook
products:
  crm: {name: CRM}
alerts:
  big: {scope: account, open: employees > 100, clear_days: 3}

== input
2026-03-01 account acme employees=200
2026-03-02 account acme employees=50
2026-03-04 account acme employees=200
2026-03-05 account acme employees=50
2026-03-06 account acme employees=60
until 2026-03-12

== output
2026-03-01T12:00Z  acme  alert big opens  (line 1)
    employees = 200  > 100
2026-03-08T00:00Z  acme  alert big clears: condition, open 7 days since 2026-03-01T12:00Z  (day 2026-03-08)
    employees = 60  > 100
