The default `clear` is `!(open)`, and the negation of an unknown is unknown: what was cleared and is unknown now clears nothing.

== playbook
products:
  crm: {name: CRM}
alerts:
  big: {scope: account, open: employees > 100}

== input
2026-03-01 account acme employees=200
2026-03-02 account acme clear=["employees"]
2026-03-03 account acme employees=100

== output
2026-03-01T12:00Z  acme  alert big opens  (line 1)
    employees = 200  > 100
2026-03-03T12:00Z  acme  alert big clears: condition, open 2 days since 2026-03-01T12:00Z  (line 3)
    employees = 100  > 100
