What becomes of a play is looked at on boundaries so many days after it opened, be it closed by then: `better` where the change is at least `by` in the
direction that is asked for. A play that opens again is looked at for each opening. While the account is closed nothing is, and what falls into that is lost.

== playbook
products:
  crm: {}
plays:
  grow:
    scope: product
    open: seats < 5
    outcome: {metric: seats, days: [2, 4], better: up, by: 2}
  calm:
    scope: account
    open: employees >= 100
    outcome: {metric: nps_answers, days: [3], better: down, by: 1}
  blind:
    scope: account
    open: employees >= 100
    outcome: {metric: arr, days: [1, 3], better: up, by: 0.5}

== input
2026-03-01 entitlement acme crm active seats=3
2026-03-02 entitlement acme crm active seats=6
2026-03-03 entitlement acme crm active seats=4
2026-03-04 account acme employees=100
2026-03-05 nps acme ann 9
2026-03-05 account acme contract={"arr":12.5}
2026-03-06 account acme closed=2026-03-06
2026-03-10 account acme clear=["closed"]
until 2026-03-16

== output without evidence
