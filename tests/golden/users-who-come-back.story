A rule of users is judged of those who are present, with `gone` of those who are gone: who leaves or comes back, is internal or not any more, ends the
one with no_longer_applies and begins the other anew.

== playbook
products:
  crm: {adopted: events >= 1000}
alerts:
  here: {scope: user, open: known_days >= 0}
  off: {scope: user, gone: true, open: gone_days >= 1}

== input
2026-03-01 usage acme crm user=ann
2026-03-02 user acme ann left=2026-03-03
2026-03-05 user acme ann clear=["left"]
2026-03-06 user acme ann internal=true
2026-03-07 user acme ann internal=false

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-01T12:00Z  acme/ann  alert here opens  (line 1)
2026-03-03T00:00Z  acme/ann  alert here clears: no_longer_applies, open 2 days since 2026-03-01T12:00Z  (day 2026-03-03)
2026-03-04T00:00Z  acme/ann  alert off opens  (day 2026-03-04)
2026-03-05T12:00Z  acme/ann  alert here opens  (line 3)
2026-03-05T12:00Z  acme/ann  alert off clears: no_longer_applies, open 1 days since 2026-03-04T00:00Z  (line 3)
2026-03-06T12:00Z  acme/ann  alert here clears: no_longer_applies, open 1 days since 2026-03-05T12:00Z  (line 4)
2026-03-07T12:00Z  acme/ann  alert here opens  (line 5)
