acme is in `large` after three days without a break (S = 03-01; false on 03-03 is one, so S = 03-03T11:00 again), and out of it two days after it became small. Unknown keeps what
is, and breaks: on 03-09 the days begin again. Segments are looked at on boundaries and at records other than usage, gauges and workflows.

== playbook
products:
  crm: {name: CRM}
segments:
  large: {when: employees > 100, for_days: 3, clear_days: 2}

== input
2026-03-01 account acme employees=200
2026-03-03T10:00Z account acme employees=50
2026-03-03T11:00Z account acme employees=200
2026-03-08T10:00Z account acme employees=50
2026-03-09T10:00Z account acme clear=["employees"]
2026-03-10T10:00Z account acme employees=50
until 2026-03-20

== output
2026-03-06T00:00Z  acme  segment large entered  (day 2026-03-06)
    employees = 200  > 100
2026-03-12T00:00Z  acme  segment large exited  (day 2026-03-12)
    employees = 50  > 100
