Later than `--until` is from the future; the instant itself is not. Such an event moves no clock, and neither does one that cannot be
decoded, though its time can be read.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 3

== input
2026-03-01 usage acme crm
2026-03-05T00:00:00.001Z usage acme crm
{"type":"usage","time":"2026-03-04T00:00:00Z","account":"acme"}
ask acme observed_days
2026-03-05T00:00Z usage acme crm
ask acme observed_days; crm.events
until 2026-03-05

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
dead line 2: from_the_future /time: expected a time up to 2026-03-05T00:00:00Z, found 2026-03-05T00:00:00.001Z
dead line 3: missing_field /product: required, but absent
2026-03-01  acme  observed_days = 0
2026-03-05  acme  observed_days = 4
2026-03-05  acme  crm.events = 2
