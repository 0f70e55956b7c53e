A product that was renamed, and a feature of it: what is told under an old name is the present one's, before and after. Sums add: 2 + 1 + 4 come under old
names, 1 + 2 under the present one; 03-03 is one day, ann one user. Conditions name either, evidence has the present names.
Of two levels and of two terms with one id, or without any, the later holds; the product is not connected with itself; a workflow that names it twice is
one of its runs. In `portal`, of which `contact.made` is a feature, it is no alias.

== playbook
products:
  crm:
    aliases: [old_crm, old_app]
    features: {contact.created: {tier: advanced, aliases: [contact.made]}, deal.won: }
    adopted: old_app.events("contact.made") >= 7
  portal: {features: {contact.made: }}
alerts:
  made: {scope: product, open: events("contact.made") >= 9}
  busy: {scope: account, open: 'old_crm.complete.users_of("contact.made", 7) >= 2'}

== input
2026-03-01 usage acme old_crm contact.made x2 user=ann
2026-03-02 usage acme old_app contact.created user=ann
2026-03-03T08:00Z usage acme old_app contact.made x4 user=ann
2026-03-03T09:00Z usage acme crm contact.made user=ben
ask acme crm.events; crm.active_days; crm.active_users; crm.features_used; crm.feature_share; old_crm.users_of("contact.made")
2026-03-04 usage acme crm contact.created x2 user=ann
2026-03-04 usage acme portal contact.made x9 user=ann
2026-03-04T13:00Z gauge acme old_crm seats.used 5
2026-03-04T12:30Z gauge acme crm seats.used 4
2026-03-04 entitlement acme old_crm active seats=3
2026-03-04 entitlement acme crm active seats=5
2026-03-04 entitlement acme old_crm active term=order-1 seats=2
ask acme crm.gauge("seats.used"); crm.seats
2026-03-05 integration acme old_crm>crm connected
2026-03-05 integration acme portal>old_crm connected
2026-03-05 integration acme portal>crm connected
2026-03-05 workflow acme lead old_app>crm>portal
ask acme crm.integrations; portal.integrations; crm.workflow_runs

== output
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-03T08:00Z  acme/crm  activated → proficient, no term  (line 3)
    features_used("advanced", 30) = 1  >= 1  2026-02-02..2026-03-03
2026-03-03T08:00Z  acme  not_adopted → single_product, 1 adopted  (line 3)
    products_adopted = 1  >= 1
2026-03-03  acme  crm.events = 8
2026-03-03  acme  crm.active_days = 3
2026-03-03  acme  crm.active_users = 2
2026-03-03  acme  crm.features_used = 1
2026-03-03  acme  crm.feature_share = 0.5
2026-03-03  acme  old_crm.users_of("contact.made") = 2
2026-03-04T00:00Z  acme  alert busy opens  (day 2026-03-04)
    crm.complete.users_of("contact.created", 7) = 2  >= 2  2026-02-25..2026-03-03
2026-03-04T12:00Z  acme/crm  alert made opens  (line 6)
    events("contact.created", 30) = 10  >= 9  2026-02-03..2026-03-04
2026-03-04T12:00Z  acme/portal  none → adopted, no term  (line 7)
    active_days(7) = 1  >= 1  2026-02-26..2026-03-04
2026-03-04T12:00Z  acme  single_product → multi_product, 2 adopted  (line 7)
    products_adopted = 2  >= 2
2026-03-04T12:00Z  acme/portal  alert made opens  (line 7)
    events("contact.made", 30) = 9  >= 9  2026-02-03..2026-03-04
2026-03-04  acme  crm.gauge("seats.used") = 5.0
2026-03-04  acme  crm.seats = 7
2026-03-05T12:00Z  acme/crm  proficient → integrated, term  (line 15)
    integrations = 1  >= 1
    workflow_runs(30) = 0  >= 1  2026-02-04..2026-03-05
2026-03-05  acme  crm.integrations = 1
2026-03-05  acme  portal.integrations = 1
2026-03-05  acme  crm.workflow_runs = 1
