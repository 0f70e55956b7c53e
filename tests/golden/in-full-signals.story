Whole CloudEvents of bands, of segments and of a milestone: a milestone names the user of its event, and its subject is the product all the same. Bands are
judged at boundaries: 10 / 3 by then. A value that is missing has no band.

== playbook
products:
  crm: {name: CRM, adopted: events >= 100}
measures:
  load: {of: product, value: events(2) / 3, bands: [{name: low, from: 0}, {name: high, from: 3}]}
  size: {of: account, value: employees, bands: [{name: small, from: 0}, {name: large, from: 1000}]}
segments:
  large: {when: employees >= 1000}
milestones:
  first_login: {of: product, when: active_days >= 1}

== input
2026-03-01T10:00Z usage acme crm user=ann x10 #first
2026-03-01T11:00Z account acme employees=1000 #grown
2026-03-02T10:00Z account acme employees=50 #shrunk
2026-03-02T11:00Z account acme clear=["employees"] #cleared
until 2026-03-03

== output in full
{
  "specversion": "1.0",
  "id": "f3c0e0d5520e64ddfe7ad5701b2158cd",
  "source": "adoption-tracker",
  "type": "adoption.product_stage.changed",
  "subject": "acme/crm",
  "time": "2026-03-01T10:00:00Z",
  "datacontenttype": "application/json",
  "dataschema": "https://adoption-tracker.dev/schemas/product-stage-changed.v1.json",
  "data": {
    "account": "acme",
    "product": "crm",
    "from": "none",
    "to": "activated",
    "entitled": false,
    "evidence": [
      {
        "metric": "active_days(30)",
        "value": 1,
        "operator": ">=",
        "threshold": 1,
        "window": {
          "from": "2026-01-31",
          "to": "2026-03-01"
        }
      }
    ],
    "cause": {
      "event": "first"
    },
    "playbook": "sha256:dd8521817df2556f30fbe4cb795e7b6ed4f911192fcb2d881fa3af0b87a9d206"
  }
}
{
  "specversion": "1.0",
  "id": "bc8f6fbd59b9211496eadf0f0f770620",
  "source": "adoption-tracker",
  "type": "adoption.milestone.achieved",
  "subject": "acme/crm",
  "time": "2026-03-01T10:00:00Z",
  "datacontenttype": "application/json",
  "dataschema": "https://adoption-tracker.dev/schemas/milestone-achieved.v1.json",
  "data": {
    "account": "acme",
    "product": "crm",
    "milestone": "first_login",
    "user": "ann",
    "evidence": [
      {
        "metric": "active_days(30)",
        "value": 1,
        "operator": ">=",
        "threshold": 1,
        "window": {
          "from": "2026-01-31",
          "to": "2026-03-01"
        }
      }
    ],
    "cause": {
      "event": "first"
    },
    "playbook": "sha256:dd8521817df2556f30fbe4cb795e7b6ed4f911192fcb2d881fa3af0b87a9d206"
  }
}
{
  "specversion": "1.0",
  "id": "ada97f2de096c54bed1fa4cb6de491b5",
  "source": "adoption-tracker",
  "type": "adoption.segment.entered",
  "subject": "acme",
  "time": "2026-03-01T11:00:00Z",
  "datacontenttype": "application/json",
  "dataschema": "https://adoption-tracker.dev/schemas/segment-entered.v1.json",
  "data": {
    "account": "acme",
    "segment": "large",
    "evidence": [
      {
        "metric": "employees",
        "value": 1000,
        "operator": ">=",
        "threshold": 1000
      }
    ],
    "cause": {
      "event": "grown"
    },
    "playbook": "sha256:dd8521817df2556f30fbe4cb795e7b6ed4f911192fcb2d881fa3af0b87a9d206"
  }
}
{
  "specversion": "1.0",
  "id": "c7e6290ff338b83a2e50c890a9405950",
  "source": "adoption-tracker",
  "type": "adoption.band.changed",
  "subject": "acme/crm",
  "time": "2026-03-02T00:00:00Z",
  "datacontenttype": "application/json",
  "dataschema": "https://adoption-tracker.dev/schemas/band-changed.v1.json",
  "data": {
    "account": "acme",
    "product": "crm",
    "measure": "load",
    "from": null,
    "to": "high",
    "value": 3.333333,
    "evidence": [],
    "cause": {
      "day": "2026-03-02"
    },
    "playbook": "sha256:dd8521817df2556f30fbe4cb795e7b6ed4f911192fcb2d881fa3af0b87a9d206"
  }
}
{
  "specversion": "1.0",
  "id": "9b562798c7f79060047509c7cbe8c9dd",
  "source": "adoption-tracker",
  "type": "adoption.band.changed",
  "subject": "acme",
  "time": "2026-03-02T00:00:00Z",
  "datacontenttype": "application/json",
  "dataschema": "https://adoption-tracker.dev/schemas/band-changed.v1.json",
  "data": {
    "account": "acme",
    "measure": "size",
    "from": null,
    "to": "large",
    "value": 1000,
    "evidence": [],
    "cause": {
      "day": "2026-03-02"
    },
    "playbook": "sha256:dd8521817df2556f30fbe4cb795e7b6ed4f911192fcb2d881fa3af0b87a9d206"
  }
}
{
  "specversion": "1.0",
  "id": "09e9eeee496ba33ee76669eae85e578b",
  "source": "adoption-tracker",
  "type": "adoption.segment.exited",
  "subject": "acme",
  "time": "2026-03-02T10:00:00Z",
  "datacontenttype": "application/json",
  "dataschema": "https://adoption-tracker.dev/schemas/segment-exited.v1.json",
  "data": {
    "account": "acme",
    "segment": "large",
    "evidence": [
      {
        "metric": "employees",
        "value": 50,
        "operator": ">=",
        "threshold": 1000
      }
    ],
    "cause": {
      "event": "shrunk"
    },
    "playbook": "sha256:dd8521817df2556f30fbe4cb795e7b6ed4f911192fcb2d881fa3af0b87a9d206"
  }
}
{
  "specversion": "1.0",
  "id": "b06c4b47899711fd06de72f0cb2b3cec",
  "source": "adoption-tracker",
  "type": "adoption.band.changed",
  "subject": "acme/crm",
  "time": "2026-03-03T00:00:00Z",
  "datacontenttype": "application/json",
  "dataschema": "https://adoption-tracker.dev/schemas/band-changed.v1.json",
  "data": {
    "account": "acme",
    "product": "crm",
    "measure": "load",
    "from": "high",
    "to": "low",
    "value": 0,
    "evidence": [],
    "cause": {
      "day": "2026-03-03"
    },
    "playbook": "sha256:dd8521817df2556f30fbe4cb795e7b6ed4f911192fcb2d881fa3af0b87a9d206"
  }
}
{
  "specversion": "1.0",
  "id": "76fe21a418137e3fc2aa57650afc8374",
  "source": "adoption-tracker",
  "type": "adoption.band.changed",
  "subject": "acme",
  "time": "2026-03-03T00:00:00Z",
  "datacontenttype": "application/json",
  "dataschema": "https://adoption-tracker.dev/schemas/band-changed.v1.json",
  "data": {
    "account": "acme",
    "measure": "size",
    "from": "large",
    "to": null,
    "value": null,
    "evidence": [],
    "cause": {
      "day": "2026-03-03"
    },
    "playbook": "sha256:dd8521817df2556f30fbe4cb795e7b6ed4f911192fcb2d881fa3af0b87a9d206"
  }
}
