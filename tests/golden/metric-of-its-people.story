An account's people, all together. Of six, eve is the vendor's own and fay is gone from 03-10 on: four are left, of whom dan has no profile.
Within 30 days ann and dan were active, within 7 only dan, who has neither department nor level. A day of ann's with two products is one.
Two of the users are reps, of whom on 03-05 ann had been active on two of seven days. Where employees are not told, the greatest number of
seats stands for them.

== playbook
products:
  crm: {adopted: events >= 1000}
  portal: {adopted: events >= 1000}
personas:
  reps: {among: 'role == "rep"', keeps: active_days(7) >= 2}

== input
2026-03-01 account acme employees=20
2026-03-01 user acme ann department=sales level=ic role=rep
2026-03-01 user acme bob department=sales level=manager role=rep
2026-03-01 user acme cid department=support level=ic
2026-03-02 user acme eve internal=true department=board level=executive
2026-03-02 user acme fay left=2026-03-10 department=legal
2026-03-03 usage acme crm user=ann
2026-03-04 usage acme portal user=ann
2026-03-04 usage acme crm user=ann
2026-03-05 usage acme crm user=fay
ask acme users_known; active_users; departments; persona("reps")
2026-03-06 usage acme crm user=dan
2026-03-12 usage acme portal user=dan
ask acme users_known; active_users; active_users(7); login_rate; login_rate(7)
ask acme departments; departments_active; departments_active(7); levels; levels_active; levels_active(7)
ask acme exposure; exposure(7); stickiness; stickiness(10); persona("reps")
2026-03-13 account acme clear=["employees"]
ask acme exposure
2026-03-13 entitlement acme crm active seats=8
2026-03-13 entitlement acme portal active seats=5
ask acme exposure

== output without evidence
2026-03-03T12:00Z  acme/crm  none → activated, no term  (line 7)
2026-03-04T12:00Z  acme/portal  none → activated, no term  (line 8)
2026-03-05  acme  users_known = 4
2026-03-05  acme  active_users = 2
2026-03-05  acme  departments = 3
2026-03-05  acme  persona("reps") = 0.5
2026-03-12  acme  users_known = 4
2026-03-12  acme  active_users = 2
2026-03-12  acme  active_users(7) = 1
2026-03-12  acme  login_rate = 0.5
2026-03-12  acme  login_rate(7) = 0.25
2026-03-12  acme  departments = 2
2026-03-12  acme  departments_active = 1
2026-03-12  acme  departments_active(7) = 0
2026-03-12  acme  levels = 2
2026-03-12  acme  levels_active = 1
2026-03-12  acme  levels_active(7) = 0
2026-03-12  acme  exposure = 0.1
2026-03-12  acme  exposure(7) = 0.05
2026-03-12  acme  stickiness = 0.06666666666666667
2026-03-12  acme  stickiness(10) = 0.2
2026-03-12  acme  persona("reps") = 0
2026-03-13  acme  exposure = null
2026-03-13  acme  exposure = 0.25
