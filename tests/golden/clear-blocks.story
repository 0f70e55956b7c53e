While `clear` is true it does not open, and S is forgotten: acme's 600 on 03-02 makes 03-03 the new S. globex never opens.

== playbook
products:
  crm: {name: CRM}
alerts:
  big: {scope: account, open: employees > 100, clear: employees > 500, for_days: 2}

== input
2026-03-01 account acme employees=200
2026-03-01 account globex employees=600
2026-03-02 account acme employees=600
2026-03-03 account acme employees=200
until 2026-03-10

== output
2026-03-05T00:00Z  acme  alert big opens  (day 2026-03-05)
    employees = 200  > 100
