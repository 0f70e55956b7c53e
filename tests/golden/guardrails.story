A play that would open waits while one of its guards is true; what holds it back is told when it is other than what was told last, once a day at most.
On March 2 there is another guard too, which is told on March 3, as it lasts; on March 5 one comes and goes on the same day, which is told by nobody.
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
2026-03-06 account acme employees=50
2026-03-13 entitlement acme portal active seats=4
until 2026-03-20

== output
