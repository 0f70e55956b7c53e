`account` is partial: absent is unchanged, and so are `null` and an empty text, which exporters write for what they do not know. What is to be
cleared is named; a field that the same record gives is not. `contract` and `health` are replaced whole.

== playbook
products:
  crm: {name: CRM}

== input
2026-03-01 account acme employees=200 industry=retail contract={"renewal":"2026-06-01","arr":1000}
ask acme employees; industry; days_to_renewal; arr
2026-03-02 account acme industry=null employees="" contract=null owner=kim
ask acme employees; industry; days_to_renewal; arr; owner
2026-03-03 account acme contract={"arr":5.5} clear=["industry",null]
ask acme industry; days_to_renewal; arr; owner
2026-03-04 account acme clear=["contract","employees","owner"] employees=300 owner=null
ask acme employees; days_to_renewal; arr; owner
2026-03-05 account acme contract={"renewal":"2026-03-01","arr":null}
ask acme days_to_renewal; arr
2026-03-06 account acme contract={"renewal":"","arr":7} clear=["contract"]
ask acme employees; days_to_renewal; arr
2026-03-07 account acme industry=retail clear=["industri"]

== output
2026-03-01  acme  employees = 200
2026-03-01  acme  industry = "retail"
2026-03-01  acme  days_to_renewal = 92
2026-03-01  acme  arr = 1000.0
2026-03-02  acme  employees = 200
2026-03-02  acme  industry = "retail"
2026-03-02  acme  days_to_renewal = 91
2026-03-02  acme  arr = 1000.0
2026-03-02  acme  owner = "kim"
2026-03-03  acme  industry = null
2026-03-03  acme  days_to_renewal = null
2026-03-03  acme  arr = 5.5
2026-03-03  acme  owner = "kim"
2026-03-04  acme  employees = 300
2026-03-04  acme  days_to_renewal = null
2026-03-04  acme  arr = null
2026-03-04  acme  owner = null
2026-03-05  acme  days_to_renewal = -4
2026-03-05  acme  arr = null
2026-03-06  acme  employees = 300
2026-03-06  acme  days_to_renewal = null
2026-03-06  acme  arr = 7.0
dead line 13: out_of_range /clear/0: expected one of name, employees, industry, region, use_cases, time_zone, owner, account_executive, success_role, parent, onboarding_completed, closed, contract, health, ids, found "industri"; did you mean industry?
