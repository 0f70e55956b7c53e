`ladder: cumulative`, the default: the highest stage whose own condition and all lower ones hold. An advanced feature alone does not
make up for what adopted asks.

== playbook
products:
  crm:
    features: {a: {tier: core}, b: {tier: advanced}}
    adopted: events("a") >= 3
  hub: {name: Hub}

== input
2026-03-01 usage acme crm b
2026-03-02 integration globex crm>hub connected

== output
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2026-01-31..2026-03-01
