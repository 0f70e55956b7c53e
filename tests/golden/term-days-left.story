Days to the `ends` of the term in force, 0 on that day. Without an end, and once no term is in force, it is missing, and a comparison with it
holds neither way.

== playbook
products:
  crm: {name: CRM}
alerts:
  renewal_near: {scope: product, open: term_days_left <= 10}

== input
2026-03-01 entitlement acme crm active ends=2026-03-31
2026-03-01 entitlement globex crm active
2026-03-25 ask acme crm.term_days_left
ask globex crm.term_days_left
2026-03-31 ask acme crm.term_days_left
2026-04-02 ask acme crm.term_days_left

== output
2026-03-01T12:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-01T12:00Z  globex/crm  none → entitled, term  (line 2)
2026-03-21T00:00Z  acme/crm  alert renewal_near opens  (day 2026-03-21)
    term_days_left = 10  <= 10
2026-03-25  acme  crm.term_days_left = 6
2026-03-25  globex  crm.term_days_left = null
2026-03-31  acme  crm.term_days_left = 0
2026-04-01T00:00Z  acme/crm  entitled → none, no term  (day 2026-04-01)
2026-04-01T00:00Z  acme/crm  alert renewal_near clears: no_longer_applies, open 11 days since 2026-03-21T00:00Z  (day 2026-04-01)
2026-04-02  acme  crm.term_days_left = null
