`for_days: 3` opens on the boundary to S + 3. False is a break, and so is unknown: acme has none (S = 03-01), initech one on 03-02,
globex one on 03-03.

== playbook
products:
  crm: {name: CRM}
alerts:
  big: {scope: account, open: employees > 100, for_days: 3}

== input
2026-03-01 account acme employees=200
2026-03-01 account globex employees=200
2026-03-01 account initech employees=200
2026-03-02T10:00Z account initech clear=["employees"]
2026-03-02T11:00Z account initech employees=200
2026-03-03T10:00Z account globex employees=50
2026-03-03T11:00Z account globex employees=200
until 2026-03-10

== output
2026-03-04T00:00Z  acme  alert big opens  (day 2026-03-04)
    employees = 200  > 100
2026-03-06T00:00Z  globex  alert big opens  (day 2026-03-06)
    employees = 200  > 100
2026-03-05T00:00Z  initech  alert big opens  (day 2026-03-05)
    employees = 200  > 100
