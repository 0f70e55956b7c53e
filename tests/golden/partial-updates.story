`account` is partial: absent is unchanged, `null` clears; `contract` and `health` are replaced whole.

== playbook
products:
  crm: {name: CRM}

== input
2026-03-01 account acme employees=200 industry=retail contract={"renewal":"2026-06-01","arr":1000}
ask acme employees; industry; days_to_renewal; arr
2026-03-02 account acme industry=null
ask acme employees; industry; days_to_renewal; arr
2026-03-03 account acme contract={"arr":5.5}
ask acme employees; days_to_renewal; arr
2026-03-04 account acme contract=null employees=null
ask acme employees; days_to_renewal; arr
2026-03-05 account acme contract={"renewal":"2026-03-01","arr":null}
ask acme days_to_renewal; arr

== output
2026-03-01  acme  employees = 200
2026-03-01  acme  industry = "retail"
2026-03-01  acme  days_to_renewal = 92
2026-03-01  acme  arr = 1000.0
2026-03-02  acme  employees = 200
2026-03-02  acme  industry = null
2026-03-02  acme  days_to_renewal = 91
2026-03-02  acme  arr = 1000.0
2026-03-03  acme  employees = 200
2026-03-03  acme  days_to_renewal = null
2026-03-03  acme  arr = 5.5
2026-03-04  acme  employees = null
2026-03-04  acme  days_to_renewal = null
2026-03-04  acme  arr = null
2026-03-05  acme  days_to_renewal = -4
2026-03-05  acme  arr = null
