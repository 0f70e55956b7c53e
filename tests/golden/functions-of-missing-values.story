`min` and `max` are missing if one is, `mean` and `weighted` leave out what is missing and are missing where all is, `or` takes the next, and what
follows from an unknown condition is missing. A measure has six places.

== playbook
products:
  crm: {adopted: events >= 1000}
measures:
  least: {of: account, value: 'min(employees, 5)'}
  most: {of: account, value: 'max(employees, 5, 3)'}
  avg: {of: account, value: 'mean(employees, 4, 7)'}
  avg_none: {of: account, value: 'mean(employees, arr)'}
  weigh: {of: account, value: 'weighted(employees, 40, 10, 60)'}
  weigh_none: {of: account, value: 'weighted(employees, 40, arr, 60)'}
  either: {of: account, value: 'or(employees, 3)'}
  choice: {of: account, value: '(employees > 5 ? 1 : 2)'}
  knows: {of: account, value: '(known(employees) ? 1 : 2)'}

== input
2026-03-01 usage acme crm
2026-03-02 ask acme least; most; avg; avg_none; weigh; weigh_none; either; choice; knows
2026-03-03 account acme employees=9
ask acme least; most; avg; avg_none; weigh; weigh_none; either; choice; knows

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-02  acme  least = null
2026-03-02  acme  most = null
2026-03-02  acme  avg = 5.5
2026-03-02  acme  avg_none = null
2026-03-02  acme  weigh = 10
2026-03-02  acme  weigh_none = null
2026-03-02  acme  either = 3
2026-03-02  acme  choice = null
2026-03-02  acme  knows = 2
2026-03-03  acme  least = 5
2026-03-03  acme  most = 9
2026-03-03  acme  avg = 6.666667
2026-03-03  acme  avg_none = 9
2026-03-03  acme  weigh = 9.6
2026-03-03  acme  weigh_none = 9
2026-03-03  acme  either = 9
2026-03-03  acme  choice = 1
2026-03-03  acme  knows = 1
