Comparisons of conditions have lines of their own, under `!` and `or`, on the side of a choice that does not matter, and where they are written twice.
What is compared inside a number has none.

== playbook
products:
  crm: {adopted: events >= 1000}
alerts:
  a: {scope: account, open: '!(employees > 5) && or(arr > 1, true) && (employees < 4 ? observed_days >= 0 : observed_days >= 9) && known(employees) && (employees > 2 ? 1 : 0) == 1 && employees in [3, 4]'}

== input
2026-03-01 account acme employees=3

== output
2026-03-01T12:00Z  acme  alert a opens  (line 1)
    employees = 3  > 5
    arr = null  > 1
    employees = 3  < 4
    observed_days = 0  >= 0
    observed_days = 0  >= 9
    employees > 2 ? 1 : 0 = 1  == 1
    employees = 3  in [3,4]
