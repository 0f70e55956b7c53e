`or` of conditions is the second where the first is unknown; a choice by an unknown condition is unknown, whatever stands on both sides. `!` of an
unknown is unknown, `known` never is. A list that was never told, or was cleared, holds neither this nor not this. No product has a `fit` here: it is
missing.

== playbook
products:
  crm: {adopted: events >= 1000}
alerts:
  a_either: {scope: account, open: 'or(employees > 5, true)', clear: 'employees > 100'}
  b_choice: {scope: account, open: '(employees > 5 ? true : true)'}
  c_unknown: {scope: account, open: '!known(employees)'}
  d_not: {scope: account, open: '!(employees > 5)'}
  e_fit: {scope: product, open: 'or(fit, true)'}
  f_any: {scope: account, open: '!has_any(use_cases, ["sales", "service"])'}

== input
2026-03-01 usage acme crm
2026-03-02 account acme employees=3
2026-03-03 account acme employees=200 use_cases=["other"]
2026-03-04 account acme use_cases=["other","sales"]
2026-03-05 account acme clear=["use_cases","employees"]

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-01T12:00Z  acme  alert a_either opens  (line 1)
2026-03-01T12:00Z  acme  alert c_unknown opens  (line 1)
2026-03-01T12:00Z  acme/crm  alert e_fit opens  (line 1)
2026-03-02T12:00Z  acme  alert b_choice opens  (line 2)
2026-03-02T12:00Z  acme  alert c_unknown clears: condition, open 1 days since 2026-03-01T12:00Z  (line 2)
2026-03-02T12:00Z  acme  alert d_not opens  (line 2)
2026-03-03T12:00Z  acme  alert a_either clears: condition, open 2 days since 2026-03-01T12:00Z  (line 3)
2026-03-03T12:00Z  acme  alert d_not clears: condition, open 1 days since 2026-03-02T12:00Z  (line 3)
2026-03-03T12:00Z  acme  alert f_any opens  (line 3)
2026-03-04T12:00Z  acme  alert f_any clears: condition, open 1 days since 2026-03-03T12:00Z  (line 4)
2026-03-05T12:00Z  acme  alert a_either opens  (line 5)
2026-03-05T12:00Z  acme  alert c_unknown opens  (line 5)
