What the shipped measures of an account come to that no rule reads. Ann uses two products, bob one. Ten contacts at 0.50 and 0.05 hours, four deals at 5,
one campaign at 40 and two hours are 5 + 20 + 40 = 65 and 0.5 + 2 = 2.5. One connection, seven runs of which five count, and no adopted product are a
switching cost of 6; once the CRM is adopted, with 25 contacts and 10 activities, of 8. One of two products is half of what the account bought, and three
of its seven features are 0.428571.

== playbook shipped
only: usage_drop

== input
2026-03-02 entitlement acme crm active
2026-03-02 entitlement acme marketing active
2026-03-02 integration acme crm>marketing connected
{"type":"workflow","time":"2026-03-02T12:00:00Z","account":"acme","name":"lead to deal","products":["marketing","crm"],"quantity":7}
2026-03-02 usage acme crm contact.created user=ann x10
2026-03-02 usage acme crm deal.updated user=bob x4
2026-03-02 usage acme marketing campaign.sent user=ann
2026-03-02 outcome acme kind=mrr amount=1200
2026-03-03 ask acme one_product_users; products_per_user; value_this_month; hours_this_month; monthly_revenue; switching_cost; adoption_rate; velocity
2026-03-03T13:00Z usage acme crm contact.created user=ann x15
2026-03-03T13:01Z usage acme crm activity.logged user=ann x10
ask acme switching_cost; adoption_rate; velocity; product_depth

== output without evidence
2026-03-02T12:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-02T12:00Z  acme/marketing  none → entitled, term  (line 2)
2026-03-02T12:00Z  acme/crm  entitled → activated, term  (line 5)
2026-03-02T12:00Z  acme/marketing  entitled → activated, term  (line 7)
2026-03-03  acme  one_product_users = 1
2026-03-03  acme  products_per_user = 1.5
2026-03-03  acme  value_this_month = 65
2026-03-03  acme  hours_this_month = 2.5
2026-03-03  acme  monthly_revenue = 1200
2026-03-03  acme  switching_cost = 6
2026-03-03  acme  adoption_rate = 0
2026-03-03  acme  velocity = 0
2026-03-03T13:01Z  acme/crm  activated → adopted, term  (line 11)
2026-03-03T13:01Z  acme  not_adopted → single_product, 1 adopted  (line 11)
2026-03-03  acme  switching_cost = 8
2026-03-03  acme  adoption_rate = 50
2026-03-03  acme  velocity = 1
2026-03-03  acme  product_depth = 0.428571
