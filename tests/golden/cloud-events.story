CloudEvents in structured mode: the last segment of `type` that is no version is the type, what the data does not give is taken from around it, the
account from `subject` up to its first slash, and JSON in `data_base64` is read: {"product":"crm","quantity":4}. What is refused is told to be one.

== playbook
products:
  crm: {adopted: events >= 100}

== input
{"specversion":"1.0","id":"c1","source":"s","type":"com.example.usage","time":"2026-03-01T09:00:00Z","data":{"account":"acme","product":"crm"}}
{"specversion":"1.0","id":"c2","source":"s","type":"com.example.usage.v1","subject":"acme/crm","time":"2026-03-01T10:00:00Z","data":{"product":"crm","quantity":5}}
{"specversion":"1.0","id":"c3","source":"s","type":"usage.v12","subject":"acme","time":"2026-03-01T11:00:00Z","data_base64":"eyJwcm9kdWN0IjoiY3JtIiwicXVhbnRpdHkiOjR9"}
{"specversion":"1.0","id":"c4","source":"s","type":"usage","subject":"other","account":"","time":"2026-03-01T12:00:00Z","data":{"account":"acme","product":"crm","id":"own","time":""}}
ask acme crm.events
{"specversion":"1.0","id":"c5","source":"s","type":"com.example.usage","time":"2026-03-01T13:00:00Z","data":{"product":"crm"}}
{"specversion":"1.0","id":"c6","source":"s","type":"com.example.usage","subject":"acme","time":"2026-03-01T13:00:00Z","data":"crm"}
{"specversion":"1.0","id":"c7","source":"s","type":"com.example.usage","subject":"acme","time":"2026-03-01T13:00:00Z","data_base64":"e30"}

== output without evidence
2026-03-01T09:00Z  acme/crm  none → activated, no term  (event c1)
2026-03-01  acme  crm.events = 11
dead line 6: missing_field /data/account: required, but absent; the record is in the data of a CloudEvent, by its specversion
dead line 7: unknown_type /type: expected one of usage, gauge, entitlement, account, user, integration, workflow, touchpoint, nps, task, outcome, erase, found `com.example.usage`; this is a CloudEvent, by its specversion, but not read as one: that takes a text specversion, an object data or a text data_base64, and no account beside them
dead line 8: wrong_type /data_base64: expected a text in Base64, found "e30"; the record is in the data of a CloudEvent, by its specversion
