What is open is asked of this subject or its account; in what is about the account, of any subject. A milestone of a product is asked of the product.
Ben's own rule sees what opened of the account when a record names him.

== playbook
products:
  crm: {adopted: events >= 1000}
  mail: {adopted: events >= 1000}
milestones:
  m: {of: product, when: 'events >= 3'}
  all: {of: account, when: 'events >= 4'}
alerts:
  p: {scope: product, open: 'events >= 2'}
  u: {scope: user, open: 'active_days >= 1 && level == "ic"'}
  a_of_p: {scope: account, open: 'alert_open("p")'}
  a_of_u: {scope: account, open: 'alert_open("u")'}
  u_of_u: {scope: user, open: 'alert_open("u")'}
  p_of_p: {scope: product, open: 'alert_open("p")'}
  p_of_a: {scope: product, open: 'alert_open("a_of_p")'}
  u_of_a: {scope: user, open: 'alert_open("a_of_p")'}
  p_of_m: {scope: product, open: 'milestone("m")'}
  a_of_m: {scope: account, open: 'crm.milestone("m")'}
  not_yet: {scope: account, open: 'days_since_milestone("all") >= 0 || !known(days_since_milestone("all"))', clear: 'milestone("all")'}

== input
2026-03-01 usage acme crm
2026-03-01T13:00Z usage acme mail
2026-03-01T14:00Z user acme ann level=ic
2026-03-01T15:00Z user acme ben level=manager
2026-03-01T16:00Z usage acme crm user=ann
2026-03-01T17:00Z usage acme crm user=ben
until 2026-03-02

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-01T12:00Z  acme  alert not_yet opens  (line 1)
2026-03-01T13:00Z  acme/mail  none → activated, no term  (line 2)
2026-03-01T16:00Z  acme/crm  alert p opens  (line 5)
2026-03-01T16:00Z  acme/ann  alert u opens  (line 5)
2026-03-01T16:00Z  acme  alert a_of_p opens  (line 5)
2026-03-01T16:00Z  acme  alert a_of_u opens  (line 5)
2026-03-01T16:00Z  acme/ann  alert u_of_u opens  (line 5)
2026-03-01T16:00Z  acme/crm  alert p_of_p opens  (line 5)
2026-03-01T16:00Z  acme/crm  alert p_of_a opens  (line 5)
2026-03-01T16:00Z  acme/mail  alert p_of_a opens  (line 5)
2026-03-01T16:00Z  acme/ann  alert u_of_a opens  (line 5)
2026-03-01T17:00Z  acme/crm  milestone m achieved by ben  (line 6)
2026-03-01T17:00Z  acme  milestone all achieved by ben  (line 6)
2026-03-01T17:00Z  acme/ben  alert u_of_a opens  (line 6)
2026-03-01T17:00Z  acme/crm  alert p_of_m opens  (line 6)
2026-03-01T17:00Z  acme  alert a_of_m opens  (line 6)
2026-03-01T17:00Z  acme  alert not_yet clears: condition, open 0 days since 2026-03-01T12:00Z  (line 6)
