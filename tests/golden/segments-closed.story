While an account is closed a segment keeps who is in, and forgets S and C: they begin anew with the record that opens it again.

== playbook
products:
  crm: {adopted: events >= 1000}
segments:
  large: {when: employees > 100, for_days: 5}
  rich: {when: arr > 100, clear_days: 3}

== input
2026-03-01 account acme employees=500 contract={"arr":500}
2026-03-02 account acme contract={"arr":50}
2026-03-03 account acme closed=2026-03-03
2026-03-04 account acme clear=["closed"]
until 2026-03-12

== output without evidence
2026-03-01T12:00Z  acme  segment rich entered  (line 1)
2026-03-07T00:00Z  acme  segment rich exited  (day 2026-03-07)
2026-03-09T00:00Z  acme  segment large entered  (day 2026-03-09)
