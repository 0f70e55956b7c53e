What the shipped playbook asks of its five products, each missed by one and then met: 25 contacts and 10 activities; one active campaign and 100 people on
lists; 5 sequences and 20 e-mails; 3 reports and 10 views of them; 20 tickets by 5 people. Who reports in two weeks of four uses analytics regularly, and
not before. Five adopted products are the full platform.

== playbook shipped
only: usage_drop

== input
2026-03-02 entitlement acme crm active
2026-03-02 entitlement acme marketing active
2026-03-02 entitlement acme sales_engagement active
2026-03-02 entitlement acme analytics active
2026-03-02 entitlement acme portal active
2026-03-03T09:00Z usage acme crm contact.created x24
2026-03-03T09:01Z usage acme crm activity.logged x10
2026-03-03T09:02Z usage acme crm contact.created #contact-25
2026-03-03T10:00Z gauge acme marketing campaigns.active 1
2026-03-03T10:01Z gauge acme marketing contacts.listed 99
2026-03-03T10:02Z usage acme marketing
2026-03-03T10:03Z gauge acme marketing contacts.listed 100 #listed-100
2026-03-03T11:00Z usage acme sales_engagement sequence.created x4
2026-03-03T11:01Z usage acme sales_engagement email.sent x20
2026-03-03T11:02Z usage acme sales_engagement sequence.created #sequence-5
2026-03-03T12:00Z usage acme analytics report.generated x3
2026-03-03T12:01Z usage acme analytics report.viewed x9
2026-03-03T12:02Z usage acme analytics report.viewed
2026-03-03T13:00Z usage acme portal ticket.created user=ann x8
2026-03-03T13:01Z usage acme portal ticket.created user=bob x4
2026-03-03T13:02Z usage acme portal ticket.created user=cid x4
2026-03-03T13:03Z usage acme portal ticket.created user=dan x4
2026-03-03T13:04Z usage acme portal user=eve #fifth-user
2026-03-10 usage acme analytics #second-week

== output without evidence
2026-03-02T12:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-02T12:00Z  acme/marketing  none → entitled, term  (line 2)
2026-03-02T12:00Z  acme/sales_engagement  none → entitled, term  (line 3)
2026-03-02T12:00Z  acme/analytics  none → entitled, term  (line 4)
2026-03-02T12:00Z  acme/portal  none → entitled, term  (line 5)
2026-03-03T09:00Z  acme/crm  entitled → activated, term  (line 6)
2026-03-03T09:02Z  acme/crm  activated → adopted, term  (event contact-25)
2026-03-03T09:02Z  acme  not_adopted → single_product, 1 adopted  (event contact-25)
2026-03-03T10:02Z  acme/marketing  entitled → activated, term  (line 11)
2026-03-03T10:03Z  acme/marketing  activated → adopted, term  (event listed-100)
2026-03-03T10:03Z  acme  single_product → multi_product, 2 adopted  (event listed-100)
2026-03-03T11:00Z  acme/sales_engagement  entitled → activated, term  (line 13)
2026-03-03T11:02Z  acme/sales_engagement  activated → adopted, term  (event sequence-5)
2026-03-03T11:02Z  acme  multi_product → platform, 3 adopted  (event sequence-5)
2026-03-03T12:00Z  acme/analytics  entitled → activated, term  (line 16)
2026-03-03T13:00Z  acme/portal  entitled → activated, term  (line 19)
2026-03-03T13:04Z  acme/portal  activated → adopted, term  (event fifth-user)
2026-03-10T12:00Z  acme/analytics  activated → adopted, term  (event second-week)
2026-03-10T12:00Z  acme  platform → full_platform, 5 adopted  (event second-week)
