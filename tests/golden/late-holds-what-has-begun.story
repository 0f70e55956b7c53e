Of a late event no C is forgotten; S of a fall is, where it would be. `few` clears once `clear` has held for three days, since 03-05, C. The late
use by ben makes two users of 03-04 and 03-05, which would break it; the next cause that is not late, the boundary to 03-06, finds it true
again, so it clears on 03-08. The fall that began on 03-10, S, is ended by the late use of 03-07: it begins anew on 03-11, so that the
product falls on 03-15.

== playbook
products:
  crm: {adopted: active_days(6) >= 2}
stages: {hold_days: 4, regular_use: active_days >= 1}
alerts:
  few: {scope: product, open: events < 3, clear: events >= 5 && active_users(2) < 2, clear_days: 3}

== input
2026-03-03 usage acme crm user=ann
2026-03-04 usage acme crm user=ann
2026-03-05 usage acme crm x4 user=ann
2026-03-04 usage acme crm user=ben #breaks
ask acme crm.active_users(2)
2026-03-10 tick
2026-03-07 usage acme crm user=ann #ends-the-fall
until 2026-03-16

== output without evidence
2026-03-03T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-03T12:00Z  acme/crm  alert few opens  (line 1)
2026-03-04T12:00Z  acme/crm  activated → adopted, no term  (line 2)
2026-03-04T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 2)
2026-03-05  acme  crm.active_users(2) = 2
2026-03-08T00:00Z  acme/crm  alert few clears: condition, open 5 days since 2026-03-03T12:00Z  (day 2026-03-08)
2026-03-15T00:00Z  acme/crm  adopted → activated, no term  (day 2026-03-15)
2026-03-15T00:00Z  acme  single_product → not_adopted, 0 adopted  (day 2026-03-15)
