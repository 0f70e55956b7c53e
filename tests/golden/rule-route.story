To whom an alert goes: the account's owner, its account executive or its success role, or whatever text the playbook has; nothing where the account was not
told who that is. What the account says at the opening counts: a new owner is told by the next opening. Plays have a group where the playbook says so.

== playbook
products:
  crm: {adopted: events >= 100}
alerts:
  to_the_owner: {scope: account, open: employees > 100}
  to_the_executive: {scope: account, open: employees > 100, route: account_executive}
  to_the_role: {scope: account, open: employees > 100, route: success_role}
  to_a_queue: {scope: account, open: employees > 100, route: "#help desk"}
plays:
  grow: {scope: account, open: employees > 100, group: expansion}
  greet: {scope: account, open: employees > 100}

== input
2026-03-01 account acme employees=200 owner=kim success_role=onboarding
2026-03-02 account acme owner=lee clear=["success_role"]
2026-03-03 account acme employees=50
2026-03-04 account acme employees=200 account_executive=ada

== output without evidence
2026-03-01T12:00Z  acme  alert to_the_owner opens, to kim  (line 1)
2026-03-01T12:00Z  acme  alert to_the_executive opens  (line 1)
2026-03-01T12:00Z  acme  alert to_the_role opens, to onboarding  (line 1)
2026-03-01T12:00Z  acme  alert to_a_queue opens, to #help desk  (line 1)
2026-03-01T12:00Z  acme  play grow opens, of expansion  (line 1)
2026-03-01T12:00Z  acme  play greet opens  (line 1)
2026-03-03T12:00Z  acme  alert to_the_owner clears: condition, open 2 days since 2026-03-01T12:00Z  (line 3)
2026-03-03T12:00Z  acme  alert to_the_executive clears: condition, open 2 days since 2026-03-01T12:00Z  (line 3)
2026-03-03T12:00Z  acme  alert to_the_role clears: condition, open 2 days since 2026-03-01T12:00Z  (line 3)
2026-03-03T12:00Z  acme  alert to_a_queue clears: condition, open 2 days since 2026-03-01T12:00Z  (line 3)
2026-03-03T12:00Z  acme  play grow closes: condition, open 2 days since 2026-03-01T12:00Z  (line 3)
2026-03-03T12:00Z  acme  play greet closes: condition, open 2 days since 2026-03-01T12:00Z  (line 3)
2026-03-04T12:00Z  acme  alert to_the_owner opens, to lee  (line 4)
2026-03-04T12:00Z  acme  alert to_the_executive opens, to ada  (line 4)
2026-03-04T12:00Z  acme  alert to_the_role opens  (line 4)
2026-03-04T12:00Z  acme  alert to_a_queue opens, to #help desk  (line 4)
2026-03-04T12:00Z  acme  play grow opens, of expansion  (line 4)
2026-03-04T12:00Z  acme  play greet opens  (line 4)
