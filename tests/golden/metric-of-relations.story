What was told of an account, what its people answered, and what became of it. Of each user who is present the latest answer counts, by its
day: cid's 7 after the 10, and bob's 9, which replaces the 3 as it has that answer's id. Dan is the vendor's own. On 03-07, of four answers
two are promoters' and one a detractor's; within four days only cid and eve had answered.

Revenue is by the time of the record: the level of 03-03 is told late. A churn is a level of 0, and what comes after it says whether the
account is back.

== playbook
products:
  crm: {}

== input
2026-03-01 account acme name=Acme use_cases=["sales","service"] account_executive=kim health={"relationship":80,"service":55.5}
2026-03-01 touchpoint acme email
2026-03-05 touchpoint acme call
2026-03-03 touchpoint acme email
ask acme name; use_cases; account_executive; health("relationship"); health("service"); health("financial")
2026-03-06 ask acme days_since_touchpoint; days_since_touchpoint("email"); days_since_touchpoint("call"); days_since_touchpoint("qbr")
ask acme nps; nps_answers; days_since_nps; mrr; mrr_change(3); churned
2026-03-01 nps acme ann 9
2026-03-02 nps acme bob 3 #n1
2026-03-03 nps acme cid 10
2026-03-04 nps acme cid 7
2026-03-05 nps acme eve 9
2026-03-06 user acme dan internal=true
2026-03-06 nps acme dan 0
2026-03-07 ask acme nps; nps_answers; days_since_nps; nps(4); nps_answers(4); nps(2); nps_answers(2)
2026-03-08 nps acme bob 9 #n1
ask acme nps; days_since_nps

2026-03-01 outcome acme kind=mrr amount=1000
2026-03-05 outcome acme kind=mrr amount=1500
2026-03-03 outcome acme kind=mrr amount=1200
2026-03-10 ask acme mrr; mrr_change(5); mrr_change(6); mrr_change(9); mrr_change(10); churned
2026-03-11 outcome acme kind=churn
2026-03-12 ask acme mrr; mrr_change(9); mrr_change(1); churned
2026-03-13 outcome acme kind=renewal
ask acme mrr; churned

== output without evidence
2026-03-05  acme  name = "Acme"
2026-03-05  acme  use_cases = ["sales","service"]
2026-03-05  acme  account_executive = "kim"
2026-03-05  acme  health("relationship") = 80.0
2026-03-05  acme  health("service") = 55.5
2026-03-05  acme  health("financial") = null
2026-03-06  acme  days_since_touchpoint = 1
2026-03-06  acme  days_since_touchpoint("email") = 3
2026-03-06  acme  days_since_touchpoint("call") = 1
2026-03-06  acme  days_since_touchpoint("qbr") = null
2026-03-06  acme  nps = null
2026-03-06  acme  nps_answers = 0
2026-03-06  acme  days_since_nps = null
2026-03-06  acme  mrr = null
2026-03-06  acme  mrr_change(3) = null
2026-03-06  acme  churned = false
2026-03-07  acme  nps = 25.0
2026-03-07  acme  nps_answers = 4
2026-03-07  acme  days_since_nps = 2
2026-03-07  acme  nps(4) = 50.0
2026-03-07  acme  nps_answers(4) = 2
2026-03-07  acme  nps(2) = null
2026-03-07  acme  nps_answers(2) = 0
2026-03-08  acme  nps = 75.0
2026-03-08  acme  days_since_nps = 0
2026-03-10  acme  mrr = 1500.0
2026-03-10  acme  mrr_change(5) = 0.0
2026-03-10  acme  mrr_change(6) = 0.25
2026-03-10  acme  mrr_change(9) = 0.5
2026-03-10  acme  mrr_change(10) = null
2026-03-10  acme  churned = false
2026-03-12  acme  mrr = 0.0
2026-03-12  acme  mrr_change(9) = -1.0
2026-03-12  acme  mrr_change(1) = null
2026-03-12  acme  churned = true
2026-03-13  acme  mrr = 0.0
2026-03-13  acme  churned = false
