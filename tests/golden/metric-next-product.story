What to adopt next. Of the paths, `service` shares no beginning with an order of adoption that starts with the CRM. While the CRM alone is
adopted, the first two share one product, and the first in the file holds: marketing. With analytics adopted second it shares one still, but
the second path shares two; its next product is the portal. Once that is adopted, too, the path is walked, and nothing is next.

== playbook
products:
  crm: {adopted: events >= 1}
  marketing: {adopted: events >= 1}
  analytics: {adopted: events >= 1}
  portal: {adopted: events >= 1}
paths:
  leads: {products: [crm, marketing, analytics]}
  numbers: {products: [crm, analytics, portal]}
  service: {products: [portal, crm]}

== input
2026-03-01 usage acme crm
ask acme next_product
2026-03-02 usage acme analytics
ask acme next_product
2026-03-03 usage acme portal
ask acme next_product
2026-03-03 usage globex marketing
ask globex next_product

== output without evidence
2026-03-01T12:00Z  acme/crm  none → adopted, no term  (line 1)
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
2026-03-01  acme  next_product = "marketing"
2026-03-02T12:00Z  acme/analytics  none → adopted, no term  (line 3)
2026-03-02T12:00Z  acme  single_product → multi_product, 2 adopted  (line 3)
2026-03-02  acme  next_product = "portal"
2026-03-03T12:00Z  acme/portal  none → adopted, no term  (line 5)
2026-03-03T12:00Z  acme  multi_product → platform, 3 adopted  (line 5)
2026-03-03  acme  next_product = null
2026-03-03T12:00Z  globex/marketing  none → adopted, no term  (line 7)
2026-03-03T12:00Z  globex  not_adopted → single_product, 1 adopted  (line 7)
2026-03-03  globex  next_product = null
