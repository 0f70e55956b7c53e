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
2026-03-01T12:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-01T12:00Z  acme/crm  play grow opens  (line 1)
2026-03-02T12:00Z  acme/crm  play grow closes: condition, open 1 days since 2026-03-01T12:00Z  (line 2)
2026-03-03T00:00Z  acme/crm  play grow after 2 days: 3 → 6, change 3; opened 2026-03-01T12:00Z  (day 2026-03-03)
2026-03-03T12:00Z  acme/crm  play grow opens  (line 3)
2026-03-04T12:00Z  acme  play calm opens  (line 4)
2026-03-04T12:00Z  acme  play blind opens  (line 4)
2026-03-05T00:00Z  acme/crm  play grow after 4 days: 3 → 4, change 1, same; opened 2026-03-01T12:00Z  (day 2026-03-05)
2026-03-05T00:00Z  acme/crm  play grow after 2 days: 4 → 4, change 0; opened 2026-03-03T12:00Z  (day 2026-03-05)
2026-03-05T00:00Z  acme  play blind after 1 days: null → null, change null; opened 2026-03-04T12:00Z  (day 2026-03-05)
2026-03-06T12:00Z  acme/crm  entitled → none, no term  (line 7)
2026-03-06T12:00Z  acme/crm  play grow closes: account_closed, open 3 days since 2026-03-03T12:00Z  (line 7)
2026-03-06T12:00Z  acme  play calm closes: account_closed, open 2 days since 2026-03-04T12:00Z  (line 7)
2026-03-06T12:00Z  acme  play blind closes: account_closed, open 2 days since 2026-03-04T12:00Z  (line 7)
2026-03-10T12:00Z  acme/crm  none → entitled, term  (line 8)
2026-03-10T12:00Z  acme/crm  play grow opens  (line 8)
2026-03-10T12:00Z  acme  play calm opens  (line 8)
2026-03-10T12:00Z  acme  play blind opens  (line 8)
2026-03-11T00:00Z  acme  play blind after 1 days: 12.5 → 12.5, change 0.0; opened 2026-03-10T12:00Z  (day 2026-03-11)
2026-03-12T00:00Z  acme/crm  play grow after 2 days: 4 → 4, change 0; opened 2026-03-10T12:00Z  (day 2026-03-12)
2026-03-13T00:00Z  acme  play calm after 3 days: 1 → 1, change 0, same; opened 2026-03-10T12:00Z  (day 2026-03-13)
2026-03-13T00:00Z  acme  play blind after 3 days: 12.5 → 12.5, change 0.0, same; opened 2026-03-10T12:00Z  (day 2026-03-13)
2026-03-14T00:00Z  acme/crm  play grow after 4 days: 4 → 4, change 0, same; opened 2026-03-10T12:00Z  (day 2026-03-14)
