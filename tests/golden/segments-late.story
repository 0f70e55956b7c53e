A late record leaves segments as they are. What is so by then waits for the next look that is not late, which usage is none of, and S is that day.

== playbook
products:
  crm: {adopted: events >= 1000}
segments:
  large: {when: employees > 100}
  held: {when: employees > 100, for_days: 2}

== input
2026-03-05 usage acme crm
2026-03-04 account acme employees=500 #late
2026-03-05T13:00Z usage acme crm
2026-03-06T11:00Z account acme employees=50
2026-03-05T11:00Z account acme employees=500 #late
2026-03-06T12:00Z touchpoint acme call
until 2026-03-10

== output without evidence
2026-03-05T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-06T00:00Z  acme  segment large entered  (day 2026-03-06)
2026-03-06T11:00Z  acme  segment large exited  (line 4)
2026-03-06T12:00Z  acme  segment large entered  (line 6)
2026-03-08T00:00Z  acme  segment held entered  (day 2026-03-08)
