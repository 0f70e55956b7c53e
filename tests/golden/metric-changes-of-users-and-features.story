Comparisons beside those of a product's usage. On 03-15 the 7 days up to 03-14 are recent, 03-01 to 03-07 previous: the CRM had 16 events of
two users then, 12 of them of feature a, and 9 of three users since, 3 of them of a. Feature b had 4, which is less than `min_volume`. The
portal was used first on 03-02, after previous began. Together both had 20 events on 4 days, and have 20 on 4 days since.

Utilization compares what ends with D: of 6 seats, three users from 03-09 on, and two in the week before. Two seats were added on 03-10.

== playbook
min_volume: 10
min_active_days: 1
products:
  crm: {features: {a: {}, b: {}}, adopted: events >= 1000}
  portal: {adopted: events >= 1000}

== input
2026-03-01 entitlement acme crm active seats=4
2026-03-01 usage acme crm a user=ann x6
2026-03-02 usage acme portal user=ann x4
2026-03-03 usage acme crm a user=bob x6
2026-03-05 usage acme crm b user=ann x4
2026-03-09 usage acme crm a user=ann x3
2026-03-10 usage acme crm b user=cid x5
2026-03-10 entitlement acme crm active seats=6
2026-03-11 usage acme crm user=dan
2026-03-12 usage acme portal user=ann x11
2026-03-15 ask acme crm.usage_change(7); crm.feature_change("a", 7); crm.feature_change("b", 7); crm.users_change(7); portal.users_change(7)
ask acme usage_change(7); frequency_change(7); users_change(7)
ask acme crm.utilization_change(7); portal.utilization_change(7); crm.utilization_change(15)
ask acme crm.seats_added(5); crm.seats_added(6); crm.seats_added(14); crm.seats_added(15); portal.seats_added(5)

== output without evidence
2026-03-01T12:00Z  acme/crm  none → entitled, term  (line 1)
2026-03-01T12:00Z  acme/crm  entitled → activated, term  (line 2)
2026-03-02T12:00Z  acme/portal  none → activated, no term  (line 3)
2026-03-15  acme  crm.usage_change(7) = -0.4375
2026-03-15  acme  crm.feature_change("a", 7) = -0.75
2026-03-15  acme  crm.feature_change("b", 7) = null
2026-03-15  acme  crm.users_change(7) = 0.5
2026-03-15  acme  portal.users_change(7) = null
2026-03-15  acme  usage_change(7) = 0.0
2026-03-15  acme  frequency_change(7) = 0.0
2026-03-15  acme  users_change(7) = 0.5
2026-03-15  acme  crm.utilization_change(7) = 0.16666666666666666
2026-03-15  acme  portal.utilization_change(7) = null
2026-03-15  acme  crm.utilization_change(15) = null
2026-03-15  acme  crm.seats_added(5) = 0
2026-03-15  acme  crm.seats_added(6) = 2
2026-03-15  acme  crm.seats_added(14) = 2
2026-03-15  acme  crm.seats_added(15) = null
2026-03-15  acme  portal.seats_added(5) = null
