A too late event moves the clock, as every record does that is neither undecodable nor from the future, and its account lives up to it;
only then is it found too late. Here the other account's event of 06-01 has moved the clock already.

== playbook
products:
  crm: {name: CRM}
alerts:
  observed: {scope: account, open: observed_days >= 92}

== input
2026-03-01 touchpoint acme call
2026-06-01 touchpoint globex call
2026-03-01 usage acme crm

== output
2026-06-01T00:00Z  acme  alert observed opens  (day 2026-06-01)
    observed_days = 92  >= 92
dead line 3: too_late /time: expected a day from 2026-03-02 on, the earliest held for this account, found 2026-03-01
