The record that brings a zone is judged in the old one; the day that is jumped ahead is lived through before the next record, with the new zone's
start.

== playbook
products:
  crm: {adopted: events >= 1000}
segments:
  s: {when: 'employees >= 10', for_days: 1}
measures:
  m: {of: account, value: 'employees', bands: [{name: x, from: 0}]}

== input
2026-03-01T20:00Z account acme employees=10 time_zone=Asia/Tokyo
2026-03-01T21:00Z touchpoint acme call
until 2026-03-03

== output without evidence
2026-03-01T15:00Z  acme  band m none → x, 10  (day 2026-03-02)
2026-03-01T15:00Z  acme  segment s entered  (day 2026-03-02)
