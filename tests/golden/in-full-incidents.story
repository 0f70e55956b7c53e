Whole CloudEvents of an alert and a play: `incident` is the same from opening to closing, `opened` the opening's `time`.

== playbook
products:
  crm: {name: CRM, adopted: events >= 100}
alerts:
  quiet: {scope: product, open: active_days(3) < 1, severity: critical}
plays:
  call: {scope: account, open: employees > 100, clear: employees <= 50, due_days: 14}

== input
2026-03-01 usage acme crm
2026-03-05T10:00Z account acme employees=200 #grown
2026-03-06 usage acme crm #used
2026-03-08T10:00Z account acme employees=50 #shrunk

== output in full
{
  "specversion": "1.0",
  "id": "1c3f7f27eb086a6940503781625a2d20",
  "source": "adoption-tracker",
  "type": "adoption.product_stage.changed",
  "subject": "acme/crm",
  "time": "2026-03-01T12:00:00Z",
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
      "line": 1
    },
    "playbook": "sha256:093f045a0918d7493d130b98070475a1a01392d15ef384181ad9337838036c39"
  }
}
{
  "specversion": "1.0",
  "id": "e12374250789ee0f1f9bb84bd32e2bef",
  "source": "adoption-tracker",
  "type": "adoption.alert.opened",
  "subject": "acme/crm",
  "time": "2026-03-04T00:00:00Z",
  "datacontenttype": "application/json",
  "dataschema": "https://adoption-tracker.dev/schemas/alert-opened.v1.json",
  "data": {
    "account": "acme",
    "product": "crm",
    "incident": "c669d413f0194ee46824e406de879daf",
    "rule": "quiet",
    "severity": "critical",
    "opened": "2026-03-04T00:00:00Z",
    "route": null,
    "evidence": [
      {
        "metric": "active_days(3)",
        "value": 0,
        "operator": "<",
        "threshold": 1,
        "window": {
          "from": "2026-03-02",
          "to": "2026-03-04"
        }
      }
    ],
    "cause": {
      "day": "2026-03-04"
    },
    "playbook": "sha256:093f045a0918d7493d130b98070475a1a01392d15ef384181ad9337838036c39"
  }
}
{
  "specversion": "1.0",
  "id": "e5cc32a9be5800c328d761faf306d504",
  "source": "adoption-tracker",
  "type": "adoption.play.opened",
  "subject": "acme",
  "time": "2026-03-05T10:00:00Z",
  "datacontenttype": "application/json",
  "dataschema": "https://adoption-tracker.dev/schemas/play-opened.v1.json",
  "data": {
    "account": "acme",
    "incident": "1d7ca2f587f122df4fccc58ea6abca35",
    "rule": "call",
    "severity": "info",
    "opened": "2026-03-05T10:00:00Z",
    "due": "2026-03-19",
    "evidence": [
      {
        "metric": "employees",
        "value": 200,
        "operator": ">",
        "threshold": 100
      }
    ],
    "cause": {
      "event": "grown"
    },
    "playbook": "sha256:093f045a0918d7493d130b98070475a1a01392d15ef384181ad9337838036c39"
  }
}
{
  "specversion": "1.0",
  "id": "d173d71e1134196da561234385b38532",
  "source": "adoption-tracker",
  "type": "adoption.alert.cleared",
  "subject": "acme/crm",
  "time": "2026-03-06T12:00:00Z",
  "datacontenttype": "application/json",
  "dataschema": "https://adoption-tracker.dev/schemas/alert-cleared.v1.json",
  "data": {
    "account": "acme",
    "product": "crm",
    "incident": "c669d413f0194ee46824e406de879daf",
    "rule": "quiet",
    "severity": "critical",
    "opened": "2026-03-04T00:00:00Z",
    "reason": "condition",
    "open_days": 2,
    "evidence": [
      {
        "metric": "active_days(3)",
        "value": 1,
        "operator": "<",
        "threshold": 1,
        "window": {
          "from": "2026-03-04",
          "to": "2026-03-06"
        }
      }
    ],
    "cause": {
      "event": "used"
    },
    "playbook": "sha256:093f045a0918d7493d130b98070475a1a01392d15ef384181ad9337838036c39"
  }
}
{
  "specversion": "1.0",
  "id": "8d12eedfece915c3d8d99a8f1ab41fbe",
  "source": "adoption-tracker",
  "type": "adoption.play.closed",
  "subject": "acme",
  "time": "2026-03-08T10:00:00Z",
  "datacontenttype": "application/json",
  "dataschema": "https://adoption-tracker.dev/schemas/play-closed.v1.json",
  "data": {
    "account": "acme",
    "incident": "1d7ca2f587f122df4fccc58ea6abca35",
    "rule": "call",
    "severity": "info",
    "opened": "2026-03-05T10:00:00Z",
    "due": "2026-03-19",
    "reason": "condition",
    "open_days": 3,
    "evidence": [
      {
        "metric": "employees",
        "value": 50,
        "operator": "<=",
        "threshold": 50
      }
    ],
    "cause": {
      "event": "shrunk"
    },
    "playbook": "sha256:093f045a0918d7493d130b98070475a1a01392d15ef384181ad9337838036c39"
  }
}
