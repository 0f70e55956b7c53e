Bad lines with their numbers, blank lines counted, each with the pointer of the field and what was expected. The last line is good.

== playbook
products:
  crm: {name: CRM, adopted: events >= 100}

== input
raw {"type":"usage",
raw ["usage"]
raw {"type":"usage","time":946684800000,"account":"acme","product":"\xff"}

{"type":"visit","time":946684800000,"account":"acme"}
{"type":"usage","time":946684800000,"account":"acme"}
{"type":"usage","time":946684800000,"product":"crm"}
{"type":"usage","time":946684800000,"account":"acme","product":"crm","quantity":3.5}
{"type":"usage","time":946684800000,"account":"acme","product":"crm","quantity":0}
{"type":"usage","time":946684800000,"account":"acme","product":""}
{"type":"usage","time":946684800000,"account":"acme","product":"\ud800"}
{"type":"usage","time":"2026-03-01T09:00:00","account":"acme","product":"crm"}
{"type":"usage","time":-1,"account":"acme","product":"crm"}
{"type":"gauge","time":946684800000,"account":"acme","product":"crm","name":"level","value":1e999}
{"type":"entitlement","time":946684800000,"account":"acme","product":"crm","status":"active","starts":"2026-03-02","ends":"2026-03-01"}
{"type":"entitlement","time":946684800000,"account":"acme","product":"crm","status":"expired"}
{"type":"account","time":946684800000,"account":"acme","time_zone":"Mars/Olympus"}
{"type":"account","time":946684800000,"account":"acme","health":{"service":101}}
{"type":"user","time":946684800000,"account":"acme","user":"ann","created":"2026-02-30"}
{"type":"integration","time":946684800000,"account":"acme","from":"crm","to":"crm","status":"connected"}
{"type":"workflow","time":946684800000,"account":"acme","name":"flow","products":["crm"]}
{"type":"workflow","time":946684800000,"account":"acme","name":"flow","products":["crm","hub","crm"]}
{"type":"nps","time":946684800000,"account":"acme","user":"ann","score":11}
2026-03-01 usage acme crm

== output without evidence
dead line 1: bad_json not JSON at byte 16: expected a key in quotes, found the end
dead line 2: not_object expected a JSON object, found ["usage"]
dead line 3: invalid_utf8 not UTF-8 at byte 64
dead line 5: unknown_type /type: expected one of usage, gauge, entitlement, account, user, integration, workflow, touchpoint, nps, task, outcome, erase, found `visit`
dead line 6: missing_field /product: required, but absent
dead line 7: missing_field /account: required, but absent
dead line 8: wrong_type /quantity: expected an integer 1..=1000000000, found 3.5
dead line 9: out_of_range /quantity: expected an integer 1..=1000000000, found 0; leave out what was not done
dead line 10: out_of_range /product: expected a string of 1..=256 bytes, found 0 bytes
dead line 11: invalid_utf8 /product: expected no lone surrogate, found "\ud800"
dead line 12: wrong_type /time: expected an RFC 3339 instant with offset or integer Unix milliseconds, 2000..=9999, found "2026-03-01T09:00:00"; it has no offset: append Z where it is UTC, else one such as +02:00
dead line 13: out_of_range /time: expected an RFC 3339 instant with offset or integer Unix milliseconds, 2000..=9999, found -1; are these seconds? Milliseconds are expected
dead line 14: out_of_range /value: expected a number within a double's range, found 1e999
dead line 15: out_of_range /ends: expected a date not before `starts`, 2026-03-02, found "2026-03-01"
dead line 16: out_of_range /status: expected one of active, trialing, ended, found "expired"
dead line 17: out_of_range /time_zone: expected an IANA time zone, found "Mars/Olympus"
dead line 18: out_of_range /health/service: expected a number 0..=100, found 101
dead line 19: out_of_range /created: expected a date YYYY-MM-DD, 1970..=9999, found "2026-02-30"
dead line 20: out_of_range /to: expected another product than `from`, found "crm"
dead line 21: out_of_range /products: expected two products or more, found 1
dead line 22: out_of_range /products/2: expected different products, found crm again
dead line 23: out_of_range /score: expected an integer 0..=10, found 11
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 24)
