One customer and the shipped playbook, whole: what it says of each kind.

Initech has 60 employees, ten seats of the CRM, a director who is its key user, and ann and bob, who sell. ann brings the contacts in on 3 March, bob logs five
activities a day from the 4th to the 20th; on the 21st ann updates a deal and the director looks at the forecast. Then nobody does anything.

On the 5th there are 25 contacts and ten activities: the CRM is adopted, and its score is 40 (all it asks for) + 6.25 (two of ten seats, of eight that can be
wished for) + 5.71 (two of seven features) + 2.25 (three days of 20). On the 21st four of seven features are in use, which is the moment for a next product; a
week later whatever is not there is to be offered, until the use of the CRM has fallen for so long that less than half of it is used.

== playbook shipped

== input
2026-03-02 account initech name=Initech employees=60 owner=ines account_executive=omar success_role=csm use_cases=["sales"] onboarding_completed=2026-03-02
2026-03-02 user initech dora level=executive role=director department=management key=true created=2026-03-02
{"type":"user","time":"2026-03-02T12:00:00Z","account":"initech","user":"ann","level":"ic","role":"sales rep","department":"sales","created":"2026-03-02"}
{"type":"user","time":"2026-03-02T12:00:00Z","account":"initech","user":"bob","level":"ic","role":"sales rep","department":"sales","created":"2026-03-02"}
2026-03-02 touchpoint initech meeting
2026-03-02 entitlement initech crm active seats=10
2026-03-03 usage initech crm contact.created user=ann x25
2026-03-04..2026-03-20 usage initech crm activity.logged user=bob x5 #logged
2026-03-21 usage initech crm deal.updated user=ann
2026-03-21 usage initech crm forecast.viewed user=dora
2026-04-02 touchpoint initech qbr
until 2026-04-12

== output without evidence
2026-03-02T12:00Z  initech  segment smb entered  (line 1)
2026-03-02T12:00Z  initech  segment onboarded entered  (line 1)
2026-03-02T12:00Z  initech  milestone onboarded_on_time achieved  (line 1)
2026-03-02T12:00Z  initech/dora  campaign welcome triggered, tokens {"company":"Initech","start":"contacts, activities, deals","user":null}  (line 2)
2026-03-02T12:00Z  initech/ann  campaign welcome triggered, tokens {"company":"Initech","start":"contacts, activities, deals","user":null}  (line 3)
2026-03-02T12:00Z  initech/bob  campaign welcome triggered, tokens {"company":"Initech","start":"contacts, activities, deals","user":null}  (line 4)
2026-03-02T12:00Z  initech/crm  none → entitled, term  (line 6)
2026-03-03T00:00Z  initech/crm  band adoption_score none → poor, 0  (day 2026-03-03)
2026-03-03T00:00Z  initech  band account_score none → poor, 0  (day 2026-03-03)
2026-03-03T00:00Z  initech  band depth none → poor, 0  (day 2026-03-03)
2026-03-03T00:00Z  initech  band feature_breadth none → poor, 0  (day 2026-03-03)
2026-03-03T00:00Z  initech  band frequency none → rare, 0  (day 2026-03-03)
2026-03-03T00:00Z  initech  band exposure_score none → poor, 0  (day 2026-03-03)
2026-03-03T00:00Z  initech  band four_elements none → poor, 0  (day 2026-03-03)
2026-03-03T00:00Z  initech  band account_health none → poor, 0  (day 2026-03-03)
2026-03-03T12:00Z  initech/crm  entitled → activated, term  (line 7)
2026-03-03T12:00Z  initech/crm  milestone first_login achieved by ann  (line 7)
2026-03-04T00:00Z  initech  segment weekly_user entered  (day 2026-03-04)
2026-03-04T00:00Z  initech/dora  campaign progress triggered, tokens {"company":"Initech","features":0,"hours":1.25,"user":null,"value":12.5}  (day 2026-03-04)
2026-03-05T00:00Z  initech/crm  band adoption_score poor → fair, 43.464286  (day 2026-03-05)
2026-03-05T00:00Z  initech  band depth poor → fair, 44.583333  (day 2026-03-05)
2026-03-05T12:00Z  initech/crm  activated → adopted, term  (event logged-2026-03-05)
2026-03-05T12:00Z  initech  not_adopted → single_product, 1 adopted  (event logged-2026-03-05)
2026-03-05T12:00Z  initech/crm  milestone first_value achieved by bob  (event logged-2026-03-05)
2026-03-06T00:00Z  initech  band account_score poor → fair, 67.680672  (day 2026-03-06)
2026-03-06T00:00Z  initech  band account_health poor → fair, 67.680672  (day 2026-03-06)
2026-03-06T00:00Z  initech  segment one_product entered  (day 2026-03-06)
2026-03-06T12:00Z  initech/bob  campaign drive_deals triggered, tokens {"company":"Initech","feature":"Deals","user":null,"value":"seeing what closes this month"}  (event logged-2026-03-06)
2026-03-07T00:00Z  initech  band frequency rare → weekly, 21.52381  (day 2026-03-07)
2026-03-09T00:00Z  initech  segment low_utilization entered  (day 2026-03-09)
2026-03-09T00:00Z  initech  alert cadence_lost opens, to ines  (day 2026-03-09)
2026-03-11T00:00Z  initech  band account_score fair → good, 70.327731  (day 2026-03-11)
2026-03-16T00:00Z  initech/dora  campaign welcome missed, tokens {"company":"Initech","start":"contacts, activities, deals","user":null}, triggered 2026-03-02T12:00Z  (day 2026-03-16)
2026-03-16T00:00Z  initech/ann  campaign welcome missed, tokens {"company":"Initech","start":"contacts, activities, deals","user":null}, triggered 2026-03-02T12:00Z  (day 2026-03-16)
2026-03-16T00:00Z  initech/bob  campaign welcome missed, tokens {"company":"Initech","start":"contacts, activities, deals","user":null}, triggered 2026-03-02T12:00Z  (day 2026-03-16)
2026-03-17T00:00Z  initech  band frequency weekly → daily, 75.333333  (day 2026-03-17)
2026-03-17T00:00Z  initech  alert no_contact opens, to ines  (day 2026-03-17)
2026-03-18T00:00Z  initech  band four_elements poor → fair, 40.905934  (day 2026-03-18)
2026-03-20T00:00Z  initech  band account_health fair → good, 75.092437  (day 2026-03-20)
2026-03-20T00:00Z  initech/bob  campaign drive_deals missed, tokens {"company":"Initech","feature":"Deals","user":null,"value":"seeing what closes this month"}, triggered 2026-03-06T12:00Z  (day 2026-03-20)
2026-03-21T12:00Z  initech/crm  adopted → proficient, term  (line 26)
2026-03-21T12:00Z  initech/crm  milestone half_the_features achieved by dora  (line 26)
2026-03-21T12:00Z  initech  play the_moment opens, of expansion, tasks propose for ines, tokens {"next":"marketing"}  (line 26)
2026-03-22T00:00Z  initech/crm  band adoption_score fair → good, 75.053571  (day 2026-03-22)
2026-03-22T00:00Z  initech  band depth fair → good, 70  (day 2026-03-22)
2026-03-22T00:00Z  initech  band feature_breadth poor → fair, 44.285714  (day 2026-03-22)
2026-03-22T00:00Z  initech  band exposure_score poor → fair, 56.060606  (day 2026-03-22)
2026-03-28T00:00Z  initech  band exposure_score fair → poor, 26.060606  (day 2026-03-28)
2026-03-29T00:00Z  initech/marketing  play cross_sell suppressed by unfit, fatigue  (day 2026-03-29)
2026-03-29T00:00Z  initech/sales_engagement  play cross_sell suppressed by fatigue  (day 2026-03-29)
2026-03-29T00:00Z  initech/analytics  play cross_sell suppressed by unfit, fatigue  (day 2026-03-29)
2026-03-29T00:00Z  initech/portal  play cross_sell suppressed by unfit, fatigue  (day 2026-03-29)
2026-03-31T00:00Z  initech/crm  alert usage_drop opens, to ines  (day 2026-03-31)
2026-04-01T00:00Z  initech/crm  alert frequency_drop opens, to ines  (day 2026-04-01)
2026-04-01T00:00Z  initech/crm  alert low_license_utilization opens, to ines  (day 2026-04-01)
2026-04-01T00:00Z  initech/crm  play raise_utilization opens, due 2026-05-01, tasks review for ines by 2026-04-15, risk for omar by 2026-04-15  (day 2026-04-01)
2026-04-02T00:00Z  initech/crm  band adoption_score good → fair, 49.946429  (day 2026-04-02)
2026-04-02T00:00Z  initech  band account_score good → fair, 64.668068  (day 2026-04-02)
2026-04-02T00:00Z  initech  band account_health good → fair, 64.668068  (day 2026-04-02)
2026-04-02T12:00Z  initech  alert no_contact clears: condition, open 16 days since 2026-03-17T00:00Z  (line 27)
2026-04-03T00:00Z  initech  segment usage_dropped entered  (day 2026-04-03)
2026-04-03T00:00Z  initech/crm  play recover_usage opens, due 2026-04-24, tasks contact for ines by 2026-04-06, reasons for ines by 2026-04-10, mitigate for csm by 2026-04-17, track for ines by 2026-04-24, champions ann, dora  (day 2026-04-03)
2026-04-03T00:00Z  initech/dora  campaign progress triggered, tokens {"company":"Initech","features":1,"hours":8.5,"user":null,"value":105}  (day 2026-04-03)
2026-04-03T00:00Z  initech/bob  campaign winback triggered, tokens {"company":"Initech","days":14,"user":null}  (day 2026-04-03)
2026-04-04T00:00Z  initech/crm  proficient → activated, term  (day 2026-04-04)
2026-04-04T00:00Z  initech  single_product → not_adopted, 0 adopted  (day 2026-04-04)
2026-04-04T00:00Z  initech  band account_score fair → poor, 34.197479  (day 2026-04-04)
2026-04-04T00:00Z  initech  band frequency daily → weekly, 65.809524  (day 2026-04-04)
2026-04-04T00:00Z  initech  band account_health fair → poor, 34.197479  (day 2026-04-04)
2026-04-04T00:00Z  initech  segment weekly_user exited  (day 2026-04-04)
2026-04-04T00:00Z  initech  segment one_product exited  (day 2026-04-04)
2026-04-04T00:00Z  initech/crm  alert entitled_not_adopted opens, to ines  (day 2026-04-04)
2026-04-04T00:00Z  initech/crm  alert lost_product opens, to ines  (day 2026-04-04)
2026-04-04T00:00Z  initech  alert breadth_loss opens, to ines  (day 2026-04-04)
2026-04-05T00:00Z  initech  segment in_trouble entered  (day 2026-04-05)
2026-04-05T00:00Z  initech  play the_moment closes: condition, open 15 days since 2026-03-21T12:00Z  (day 2026-04-05)
2026-04-08T00:00Z  initech/crm  play raise_utilization after 7 days: 0.3 → 0.3, change 0; opened 2026-04-01T00:00Z  (day 2026-04-08)
2026-04-09T00:00Z  initech/crm  alert one_sided opens, to ines  (day 2026-04-09)
2026-04-10T00:00Z  initech/crm  alert activities_drop opens, to ines  (day 2026-04-10)
2026-04-10T00:00Z  initech/crm  play recover_usage after 7 days: 0 → 0, change 0; opened 2026-04-03T00:00Z  (day 2026-04-10)
2026-04-11T00:00Z  initech  band four_elements fair → poor, 39.939755  (day 2026-04-11)
