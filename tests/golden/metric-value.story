What the use of a product brings: 7 contacts at 0.50 and 0.05 hours each, three deals at 5. The feature that has no value brings nothing, nor
does one that is in no catalogue. Within four days of 03-05 there were two contacts and the deals, with complete days only the contacts. What
deals bring is not told in hours. Three deals are not 17 yet: the play opens with the event that makes them so.

== playbook
products:
  crm:
    features:
      contact.created: {value: {amount: 0.50, hours: 0.05}}
      deal.updated: {value: {amount: 5}}
      forecast.viewed: {}
    adopted: events >= 1000
  portal: {adopted: events >= 1000}
plays:
  show: {scope: product, open: value_realized >= 30.5}

== input
2026-03-01 usage acme crm contact.created x5
2026-03-02 usage acme crm contact.created x2
2026-03-03 usage acme crm forecast.viewed x9
2026-03-03 usage acme crm import x9
2026-03-05 usage acme crm deal.updated x3
ask acme crm.value_realized; crm.hours_saved; crm.value_realized(4); crm.hours_saved(4); crm.complete.value_realized(4); portal.value_realized
2026-03-06 usage acme crm deal.updated
2026-03-06 usage acme crm deal.updated x2
2026-03-06 usage acme crm deal.updated
ask acme crm.value_realized

== output
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-05  acme  crm.value_realized = 18.5
2026-03-05  acme  crm.hours_saved = 0.35
2026-03-05  acme  crm.value_realized(4) = 16
2026-03-05  acme  crm.hours_saved(4) = 0.1
2026-03-05  acme  crm.complete.value_realized(4) = 3.5
2026-03-05  acme  portal.value_realized = 0
2026-03-06T12:00Z  acme/crm  play show opens  (line 8)
    value_realized(30) = 33.5  >= 30.5  2026-02-05..2026-03-06
2026-03-06  acme  crm.value_realized = 38.5
