Late records reach milestones and clear; nothing opens, of whomever. What would have opened does so with the next record that is not late and names
her.

== playbook
products:
  crm: {adopted: events >= 1000}
measures:
  days: {of: user, value: 'active_days(30)'}
milestones:
  three: {of: account, when: 'events >= 3'}
  all: {of: account, when: 'users_known >= 2'}
alerts:
  idle: {scope: user, open: 'active_days(30) <= 1'}
  keen: {scope: user, open: 'active_days(30) >= 2'}
  keen_daily: {scope: user, open: 'days >= 2'}

== input
2026-03-10 usage acme crm user=ann
2026-03-09 usage acme crm user=ann #late
2026-03-08 user acme ann name=Ann #late-profile
2026-03-08T13:00Z touchpoint acme call user=ben #late-ben
2026-03-10T13:00Z touchpoint acme call user=ann
2026-03-07 usage acme crm user=ann #late-again

== output without evidence
2026-03-10T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-10T12:00Z  acme/ann  alert idle opens  (line 1)
2026-03-10T12:00Z  acme/ann  alert idle clears: condition, open 0 days since 2026-03-10T12:00Z  (event late)
2026-03-08T13:00Z  acme  milestone all achieved by ben  (event late-ben)
2026-03-10T13:00Z  acme/ann  alert keen opens  (line 5)
2026-03-10T13:00Z  acme/ann  alert keen_daily opens  (line 5)
2026-03-07T12:00Z  acme  milestone three achieved by ann  (event late-again)
