Whole CloudEvents: an event without id is named by its line, one with id by that, a boundary by its day. An output's `id` is a function
of its type, subject, rule and cause.

== playbook
products:
  crm:
    features: {a: {tier: core}}
    adopted: events("a") >= 3
account_stages:
  - {name: none_yet, from: 0}
  - {name: first, from: 1, churn_risk: high, priority: critical, action: Introduce a second product}

== input
2026-03-01T09:00Z entitlement acme crm active
2026-03-01T10:15:30.5Z usage acme crm a user=ann x3 #01J
until 2026-03-15

== output in full
{
  "specversion": "1.0",
  "id": "1c3f7f27eb086a6940503781625a2d20",
  "source": "adoption-tracker",
  "type": "adoption.product_stage.changed",
  "subject": "acme/crm",
  "time": "2026-03-01T09:00:00Z",
  "datacontenttype": "application/json",
  "dataschema": "https://adoption-tracker.dev/schemas/product-stage-changed.v1.json",
  "data": {
    "account": "acme",
    "product": "crm",
    "from": "none",
    "to": "entitled",
    "entitled": true,
    "evidence": [],
    "cause": {
      "line": 1
    },
    "playbook": "sha256:b3ae2a5db7cd46dae3f301a74262e370e73b6c0867d643be9e62d720cf829a81"
  }
}
{
  "specversion": "1.0",
  "id": "ced6f89ff476d1672ef8a174363d1031",
  "source": "adoption-tracker",
  "type": "adoption.product_stage.changed",
  "subject": "acme/crm",
  "time": "2026-03-01T10:15:30.500Z",
  "datacontenttype": "application/json",
  "dataschema": "https://adoption-tracker.dev/schemas/product-stage-changed.v1.json",
  "data": {
    "account": "acme",
    "product": "crm",
    "from": "entitled",
    "to": "adopted",
    "entitled": true,
    "evidence": [
      {
        "metric": "events(\"a\", 30)",
        "value": 3,
        "operator": ">=",
        "threshold": 3,
        "window": {
          "from": "2026-01-31",
          "to": "2026-03-01"
        }
      },
      {
        "metric": "active_days(7)",
        "value": 1,
        "operator": ">=",
        "threshold": 1,
        "window": {
          "from": "2026-02-23",
          "to": "2026-03-01"
        }
      }
    ],
    "cause": {
      "event": "01J"
    },
    "playbook": "sha256:b3ae2a5db7cd46dae3f301a74262e370e73b6c0867d643be9e62d720cf829a81"
  }
}
{
  "specversion": "1.0",
  "id": "848dad81e019c03c93422a2b3fc20dca",
  "source": "adoption-tracker",
  "type": "adoption.account_stage.changed",
  "subject": "acme",
  "time": "2026-03-01T10:15:30.500Z",
  "datacontenttype": "application/json",
  "dataschema": "https://adoption-tracker.dev/schemas/account-stage-changed.v1.json",
  "data": {
    "account": "acme",
    "from": "none_yet",
    "to": "first",
    "products_adopted": 1,
    "primary_product": "crm",
    "churn_risk": "high",
    "priority": "critical",
    "action": "Introduce a second product",
    "evidence": [
      {
        "metric": "products_adopted",
        "value": 1,
        "operator": ">=",
        "threshold": 1
      }
    ],
    "cause": {
      "event": "01J"
    },
    "playbook": "sha256:b3ae2a5db7cd46dae3f301a74262e370e73b6c0867d643be9e62d720cf829a81"
  }
}
{
  "specversion": "1.0",
  "id": "0b873a4d2db0051105859df64f816ee6",
  "source": "adoption-tracker",
  "type": "adoption.product_stage.changed",
  "subject": "acme/crm",
  "time": "2026-03-15T00:00:00Z",
  "datacontenttype": "application/json",
  "dataschema": "https://adoption-tracker.dev/schemas/product-stage-changed.v1.json",
  "data": {
    "account": "acme",
    "product": "crm",
    "from": "adopted",
    "to": "activated",
    "entitled": true,
    "evidence": [
      {
        "metric": "events(\"a\", 30)",
        "value": 3,
        "operator": ">=",
        "threshold": 3,
        "window": {
          "from": "2026-02-14",
          "to": "2026-03-15"
        }
      },
      {
        "metric": "active_days(7)",
        "value": 0,
        "operator": ">=",
        "threshold": 1,
        "window": {
          "from": "2026-03-09",
          "to": "2026-03-15"
        }
      }
    ],
    "cause": {
      "day": "2026-03-15"
    },
    "playbook": "sha256:b3ae2a5db7cd46dae3f301a74262e370e73b6c0867d643be9e62d720cf829a81"
  }
}
{
  "specversion": "1.0",
  "id": "4dc41683cf72e749f34dd25f6c42b45f",
  "source": "adoption-tracker",
  "type": "adoption.account_stage.changed",
  "subject": "acme",
  "time": "2026-03-15T00:00:00Z",
  "datacontenttype": "application/json",
  "dataschema": "https://adoption-tracker.dev/schemas/account-stage-changed.v1.json",
  "data": {
    "account": "acme",
    "from": "first",
    "to": "none_yet",
    "products_adopted": 0,
    "primary_product": "crm",
    "evidence": [
      {
        "metric": "products_adopted",
        "value": 0,
        "operator": ">=",
        "threshold": 1
      }
    ],
    "cause": {
      "day": "2026-03-15"
    },
    "playbook": "sha256:b3ae2a5db7cd46dae3f301a74262e370e73b6c0867d643be9e62d720cf829a81"
  }
}
