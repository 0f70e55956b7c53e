The value latest by event time, of a tie the later read, while its day is in the window; else 0. A gauge is not usage.

== playbook
products:
  crm: {name: CRM}

== input
2026-03-02T10:00Z gauge acme crm level 5
2026-03-02T09:00Z gauge acme crm level 9
ask acme crm.gauge("level")
2026-03-02T10:00Z gauge acme crm level 7
ask acme crm.gauge("level")
2026-03-08 ask acme crm.gauge("level", 7)
2026-03-09 ask acme crm.gauge("level", 7)
2026-03-31 ask acme crm.gauge("level")
2026-04-01 ask acme crm.gauge("level")
2026-04-02 gauge acme crm level -2.5
ask acme crm.gauge("level"); crm.gauge("other"); crm.active_days; crm.days_since_use

== output
2026-03-02  acme  crm.gauge("level") = 5.0
2026-03-02  acme  crm.gauge("level") = 7.0
2026-03-08  acme  crm.gauge("level", 7) = 7.0
2026-03-09  acme  crm.gauge("level", 7) = 0.0
2026-03-31  acme  crm.gauge("level") = 7.0
2026-04-01  acme  crm.gauge("level") = 0.0
2026-04-02  acme  crm.gauge("level") = -2.5
2026-04-02  acme  crm.gauge("other") = 0.0
2026-04-02  acme  crm.active_days = 0
2026-04-02  acme  crm.days_since_use = null
