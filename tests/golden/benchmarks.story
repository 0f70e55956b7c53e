A benchmark is of the first segment in the file that the account is in and that names it. Unknown takes nobody out of a segment.

== playbook
products:
  crm: {adopted: events >= 1000}
segments:
  one: {when: 'employees >= 10'}
  two: {when: 'employees >= 5', benchmarks: {nrr: 1.1}}
  three: {when: 'employees >= 1', benchmarks: {nrr: 2, expansion_rate: 0.5}}
alerts:
  a: {scope: account, open: 'benchmark("nrr") >= 1', clear: employees < 0}
  b: {scope: product, open: 'benchmark("nrr") == 2', clear: benchmark("nrr") != 2}
  c: {scope: account, open: '!known(benchmark("nrr"))'}

== input
2026-03-01 usage acme crm
2026-03-02 account acme employees=2
2026-03-03 account acme employees=50
2026-03-04 account acme clear=["employees"]

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-01T12:00Z  acme  alert c opens  (line 1)
2026-03-02T12:00Z  acme  segment three entered  (line 2)
2026-03-02T12:00Z  acme  alert a opens  (line 2)
2026-03-02T12:00Z  acme/crm  alert b opens  (line 2)
2026-03-02T12:00Z  acme  alert c clears: condition, open 1 days since 2026-03-01T12:00Z  (line 2)
2026-03-03T12:00Z  acme  segment one entered  (line 3)
2026-03-03T12:00Z  acme  segment two entered  (line 3)
2026-03-03T12:00Z  acme/crm  alert b clears: condition, open 1 days since 2026-03-02T12:00Z  (line 3)
