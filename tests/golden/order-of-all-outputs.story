All kinds of outputs of one boundary: stages, the account's stage, bands, segments, milestones, alerts, plays; each list in the order of the file,
within one product by product, or user by user as they were first seen. Each sees what came before it.

== playbook
products:
  mail: {adopted: events(3) >= 1, regular_use: events(3) >= 1}
  crm: {adopted: events(3) >= 1, regular_use: events(3) >= 1}
stages: {hold_days: 0}
measures:
  z: {of: product, value: 'events(3)', bands: [{name: low, from: 0}, {name: high, from: 1}]}
  a: {of: account, value: 'events(3)', bands: [{name: low, from: 0}, {name: high, from: 1}]}
segments:
  s2: {when: 'events(3) < 1'}
  s1: {when: 'segment("s2")'}
milestones:
  m2: {of: product, when: 'stage == "activated"'}
  m1: {of: account, when: 'segment("s1")'}
alerts:
  u: {scope: user, open: 'days_since_use >= 3'}
  p: {scope: product, open: 'milestone("m2")'}
plays:
  q: {scope: product, open: 'alert_open("p")'}
  r: {scope: account, open: 'milestone("m1")'}

== input
2026-03-01 usage acme crm user=ben
2026-03-01T13:00Z usage acme mail user=ann
until 2026-03-04

== output without evidence
2026-03-01T12:00Z  acme/crm  none → adopted, no term  (line 1)
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
2026-03-01T13:00Z  acme/mail  none → adopted, no term  (line 2)
2026-03-01T13:00Z  acme  single_product → multi_product, 2 adopted  (line 2)
2026-03-02T00:00Z  acme/mail  band z none → high, 1  (day 2026-03-02)
2026-03-02T00:00Z  acme/crm  band z none → high, 1  (day 2026-03-02)
2026-03-02T00:00Z  acme  band a none → high, 2  (day 2026-03-02)
2026-03-04T00:00Z  acme/mail  adopted → activated, no term  (day 2026-03-04)
2026-03-04T00:00Z  acme/crm  adopted → activated, no term  (day 2026-03-04)
2026-03-04T00:00Z  acme  multi_product → not_adopted, 0 adopted  (day 2026-03-04)
2026-03-04T00:00Z  acme/mail  band z high → low, 0  (day 2026-03-04)
2026-03-04T00:00Z  acme/crm  band z high → low, 0  (day 2026-03-04)
2026-03-04T00:00Z  acme  band a high → low, 0  (day 2026-03-04)
2026-03-04T00:00Z  acme  segment s2 entered  (day 2026-03-04)
2026-03-04T00:00Z  acme  segment s1 entered  (day 2026-03-04)
2026-03-04T00:00Z  acme/mail  milestone m2 achieved  (day 2026-03-04)
2026-03-04T00:00Z  acme/crm  milestone m2 achieved  (day 2026-03-04)
2026-03-04T00:00Z  acme  milestone m1 achieved  (day 2026-03-04)
2026-03-04T00:00Z  acme/ben  alert u opens  (day 2026-03-04)
2026-03-04T00:00Z  acme/ann  alert u opens  (day 2026-03-04)
2026-03-04T00:00Z  acme/mail  alert p opens  (day 2026-03-04)
2026-03-04T00:00Z  acme/crm  alert p opens  (day 2026-03-04)
2026-03-04T00:00Z  acme/mail  play q opens  (day 2026-03-04)
2026-03-04T00:00Z  acme/crm  play q opens  (day 2026-03-04)
2026-03-04T00:00Z  acme  play r opens  (day 2026-03-04)
