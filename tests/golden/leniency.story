Unknown fields are ignored, of a repeated key the last wins, `null` for an optional field is absent. A time may be of any offset, or
Unix milliseconds; finer digits are cut off.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 2

== input
{"type":"usage","time":"2026-03-01T13:00:00.1239+01:00","account":"acme","product":"ghost","product":"crm","feature":null,"quantity":null,"colour":[1,{"a":null}]}
ask acme crm.events
1772452800000 usage acme crm a x2 #ms

== output
2026-03-01T12:00:00.123Z  acme/crm  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-01  acme  crm.events = 1
2026-03-02T12:00Z  acme/crm  activated → adopted, no term  (event ms)
    events("a", 30) = 2  >= 2  2026-02-01..2026-03-02
    active_days(7) = 2  >= 1  2026-02-24..2026-03-02
2026-03-02T12:00Z  acme  not_adopted → single_product, 1 adopted  (event ms)
    products_adopted = 1  >= 1
