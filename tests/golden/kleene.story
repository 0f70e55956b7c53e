Missing values: `seats` is missing throughout. A comparison with it is unknown, and a condition holds only where it is true. Evidence
shows every comparison, the missing value as null.

| rule | |
|---|---|
| either | unknown ∥ true = true |
| both | unknown && true = unknown |
| not | !unknown = unknown |
| spared | !(unknown && false) = !false = true |
| sum | a missing value in arithmetic is missing |
| itself | missing == missing is unknown |

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 100
alerts:
  either: {scope: product, open: seats < 5 || events >= 1}
  both: {scope: product, open: seats < 5 && events >= 1}
  not: {scope: product, open: "!(seats < 5)"}
  spared: {scope: product, open: "!(seats < 5 && events >= 9)"}
  sum: {scope: product, open: seats + 1 > 0}
  itself: {scope: product, open: seats == seats}

== input
2026-03-01 usage acme crm

== output
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-01T12:00Z  acme/crm  alert either opens  (line 1)
    seats = null  < 5
    events(30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-01T12:00Z  acme/crm  alert spared opens  (line 1)
    seats = null  < 5
    events(30) = 1  >= 9  2026-01-31..2026-03-01
