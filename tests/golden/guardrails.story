A play that would open waits while one of its guards is true; what holds it back is told when it is other than what was told last, once a day at most.
On March 1 there is one more guard an hour later, which is told on March 2, as it lasts; on March 5 one goes, comes and goes again: only the first is told.
The guard of products is asked of the play's own product.

== playbook
products:
  crm: {}
  portal: {}
guardrails:
  recently_called: {holds_back: days_since_touchpoint < 10, reason: They were called}
  small: {holds_back: employees < 10}
  trial: {of: product, holds_back: trialing}
plays:
  grow: {scope: product, open: seats < 5, guards: [small, recently_called, trial]}

== input
2026-03-01 touchpoint acme call
2026-03-01T13:00Z entitlement acme crm active seats=3
2026-03-01T14:00Z entitlement acme portal trialing seats=3
2026-03-01T15:00Z account acme employees=5
2026-03-05 account acme employees=50
2026-03-05T13:00Z account acme employees=5
2026-03-05T14:00Z account acme employees=50
2026-03-13 entitlement acme portal active seats=4
until 2026-03-20

== output
2026-03-01T13:00Z  acme/crm  none → entitled, term  (line 2)
2026-03-01T13:00Z  acme/crm  play grow suppressed by recently_called  (line 2)
    days_since_touchpoint = 0  < 10
2026-03-01T14:00Z  acme/portal  none → entitled, term  (line 3)
2026-03-01T14:00Z  acme/portal  play grow suppressed by recently_called, trial  (line 3)
    days_since_touchpoint = 0  < 10
2026-03-02T00:00Z  acme/crm  play grow suppressed by small, recently_called  (day 2026-03-02)
    employees = 5  < 10
2026-03-02T00:00Z  acme/portal  play grow suppressed by small, recently_called, trial  (day 2026-03-02)
    employees = 5  < 10
2026-03-05T12:00Z  acme/crm  play grow suppressed by recently_called  (line 5)
    days_since_touchpoint = 4  < 10
2026-03-05T12:00Z  acme/portal  play grow suppressed by recently_called, trial  (line 5)
    days_since_touchpoint = 4  < 10
2026-03-11T00:00Z  acme/crm  play grow opens  (day 2026-03-11)
    seats = 3  < 5
2026-03-11T00:00Z  acme/portal  play grow suppressed by trial  (day 2026-03-11)
2026-03-13T12:00Z  acme/portal  play grow opens  (line 8)
    seats = 4  < 5
