A late event acts in the account's favour only. That of 03-06, of a user whom nobody knew, makes the account one of few actions for each user: nothing
opens, and no S begins. The next cause that is not late, the boundary to 03-11, finds it so: S is 03-11, and with `for_days: 2` it opens on
03-13. What is late again on 03-14 clears it at once, and is not told to be before the opening.

== playbook
products:
  crm: {adopted: events >= 1000}
alerts:
  thin: {scope: product, open: active_users >= 2 && events < 20, for_days: 2}

== input
2026-03-10 usage acme crm x5 user=ann
2026-03-06 usage acme crm user=ben #late
2026-03-14 tick
2026-03-07 usage acme crm x20 user=ann #late-again
until 2026-03-16

== output
2026-03-10T12:00Z  acme/crm  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2026-02-09..2026-03-10
2026-03-13T00:00Z  acme/crm  alert thin opens  (day 2026-03-13)
    active_users(30) = 2  >= 2  2026-02-12..2026-03-13
    events(30) = 6  < 20  2026-02-12..2026-03-13
2026-03-13T00:00Z  acme/crm  alert thin clears: condition, open 1 days since 2026-03-13T00:00Z  (event late-again)
    active_users(30) = 2  >= 2  2026-02-13..2026-03-14
    events(30) = 26  < 20  2026-02-13..2026-03-14
