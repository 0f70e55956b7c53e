Half of what was used turns out, on 03-29, to be the vendor's own: its past stays in the sums, what follows is not in them, and that would look like a
drop. So `usage_change` is missing until D, 03-29, is no later than the begin of the previous window: until 04-12 for N = 7. A user of long ago, or of
nothing, makes no difference.

== playbook
min_volume: 1
products:
  crm: {adopted: events >= 1000}

== input
2026-03-01..2026-03-28 usage acme crm x5 user=staff #s
2026-03-01..2026-03-28 usage acme crm x5 user=ann #a
2026-03-29 ask acme crm.usage_change(7)
2026-03-29 user acme staff internal=true
2026-03-29 user acme nobody internal=true
2026-03-29 ask acme crm.usage_change(7)
2026-03-29..2026-04-11 usage acme crm x5 user=ann #a
ask acme crm.usage_change(7)
2026-04-12 ask acme crm.usage_change(7)

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (event s-2026-03-01)
2026-03-29  acme  crm.usage_change(7) = 0.0
2026-03-29  acme  crm.usage_change(7) = null
2026-04-11  acme  crm.usage_change(7) = null
2026-04-12  acme  crm.usage_change(7) = 0.0
