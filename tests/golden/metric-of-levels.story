A level holds from its instant on, 0 from a churn until a later one; without an amount nothing is said. Churned is who has a churn later than any
renewal or level above 0. A late level lies before what came after it.

== playbook
products:
  crm: {adopted: events >= 1000}

== input
{"type":"outcome","time":"2026-03-01T12:00:00Z","account":"acme","kind":"mrr","amount":100}
{"type":"outcome","time":"2026-03-05T12:00:00Z","account":"acme","kind":"mrr","amount":150}
{"type":"outcome","time":"2026-03-06T12:00:00Z","account":"acme","kind":"mrr"}
2026-03-06T13:00Z ask acme mrr; mrr_change(2); mrr_change(5); mrr_change(6); churned
{"type":"outcome","time":"2026-03-07T12:00:00Z","account":"acme","kind":"churn"}
2026-03-07T13:00Z ask acme mrr; churned; mrr_change(1)
{"type":"outcome","time":"2026-03-08T12:00:00Z","account":"acme","kind":"mrr","amount":0}
2026-03-08T13:00Z ask acme mrr; churned
{"type":"outcome","time":"2026-03-09T12:00:00Z","account":"acme","kind":"renewal"}
2026-03-09T13:00Z ask acme mrr; churned; mrr_change(2)
{"type":"outcome","time":"2026-03-07T13:00:00Z","account":"acme","kind":"mrr","amount":70}
ask acme mrr; churned
{"type":"outcome","time":"2026-03-10T13:00:00Z","account":"acme","kind":"mrr","amount":70}
ask acme mrr; churned; mrr_change(1)

== output without evidence
2026-03-06  acme  mrr = 150.0
2026-03-06  acme  mrr_change(2) = 0.5
2026-03-06  acme  mrr_change(5) = 0.5
2026-03-06  acme  mrr_change(6) = null
2026-03-06  acme  churned = false
2026-03-07  acme  mrr = 0.0
2026-03-07  acme  churned = true
2026-03-07  acme  mrr_change(1) = -1.0
2026-03-08  acme  mrr = 0.0
2026-03-08  acme  churned = true
2026-03-09  acme  mrr = 0.0
2026-03-09  acme  churned = false
2026-03-09  acme  mrr_change(2) = null
2026-03-09  acme  mrr = 0.0
2026-03-09  acme  churned = false
2026-03-10  acme  mrr = 70.0
2026-03-10  acme  churned = false
2026-03-10  acme  mrr_change(1) = null
