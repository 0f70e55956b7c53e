What exporters write: whole numbers with a fraction or an exponent, numbers for ids (an account's and a user's are their digits, `42.0` is `42`),
empty texts and `null` for what is not known, blanks and short offsets in instants. The users are ann and 42.

== playbook
products:
  crm:
    features: {a: }
    adopted: events("a") >= 28

== input
{"type":"entitlement","time":"2026-03-01 08:00:00+00","account":"1042","product":"crm","status":"active","seats":4.0,"plan":"","addons":"","ends":null}
{"type":"usage","time":"2026-03-01 09:00:00 UTC","account":1042,"product":"crm","user":42,"feature":"a","quantity":2.5e1}
{"type":"usage","time":"2026-03-01 12:30:00.5+0330","account":1042.0,"product":"crm","user":42.0,"feature":"","quantity":""}
{"type":"usage","time":"2026-03-01T09:00:00-01","account":"1042","product":"crm","user":"42","feature":null,"quantity":1.0}
{"type":"usage","time":1772359200000.0,"account":"1042","product":"crm","user":"ann","feature":"a","quantity":3.0,"id":7}
{"type":"usage","time":"2026-03-01T10:00:00Z","account":"1042","product":"crm","user":"","feature":"a","quantity":1,"id":""}
ask 1042 crm.events("a"); crm.events; crm.active_users; crm.license_utilization
{"type":"usage","time":"2026-03-01T10:00:00Z","account":"1042","product":"crm","quantity":3.5}
{"type":"usage","time":"2026-03-01T10:00:00Z","account":"1042","product":"crm","user":42.5}
{"type":"usage","time":"2026-03-01T10:00:00Z","account":"1042","product":"","user":42}
{"type":"usage","time":"2026-03-01 10:00:00","account":"1042","product":"crm"}
{"type":"usage","time":1772359200,"account":"1042","product":"crm"}

== output without evidence
2026-03-01T08:00Z  1042/crm  none → entitled, term  (line 1)
2026-03-01T09:00Z  1042/crm  entitled → activated, term  (line 2)
2026-03-01T10:00Z  1042/crm  activated → adopted, term  (event 7)
2026-03-01T10:00Z  1042  not_adopted → single_product, 1 adopted  (event 7)
2026-03-01  1042  crm.events("a") = 29
2026-03-01  1042  crm.events = 31
2026-03-01  1042  crm.active_users = 2
2026-03-01  1042  crm.license_utilization = 0.5
dead line 8: wrong_type /quantity: expected an integer 1..=1000000000, found 3.5
dead line 9: wrong_type /user: expected a string of 1..=256 bytes or a whole number -9223372036854775808..=18446744073709551615, found 42.5
dead line 10: out_of_range /product: expected a string of 1..=256 bytes, found 0 bytes
dead line 11: wrong_type /time: expected an RFC 3339 instant with offset or integer Unix milliseconds, 2000..=9999, found "2026-03-01 10:00:00"; it has no offset: append Z where it is UTC, else one such as +02:00
dead line 12: out_of_range /time: expected an RFC 3339 instant with offset or integer Unix milliseconds, 2000..=9999, found 1772359200; are these seconds? In milliseconds they are 1772359200000
