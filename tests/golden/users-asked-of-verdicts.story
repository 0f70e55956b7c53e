What was concluded by a record that names nobody is seen with the next one that names a user, usage as well: C of `small` begins then, on
03-02, and it ends three days later. While the account is closed what is open of ann ends with her record.

== playbook
products:
  crm: {adopted: events >= 1000}
alerts:
  large: {scope: account, open: employees >= 100}
  small: {scope: user, open: '!alert_open("large")', clear_days: 3}
  here: {scope: user, open: known_days >= 0}

== input
2026-03-01 usage acme crm user=ann
2026-03-02 account acme employees=500
2026-03-02T13:00Z usage acme crm user=ann
2026-03-06 account acme closed=2026-03-06
2026-03-06T13:00Z usage acme crm user=ann
until 2026-03-08

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-01T12:00Z  acme/ann  alert small opens  (line 1)
2026-03-01T12:00Z  acme/ann  alert here opens  (line 1)
2026-03-02T12:00Z  acme  alert large opens  (line 2)
2026-03-05T00:00Z  acme/ann  alert small clears: condition, open 4 days since 2026-03-01T12:00Z  (day 2026-03-05)
2026-03-06T12:00Z  acme/crm  activated → none, no term  (line 4)
2026-03-06T12:00Z  acme  alert large clears: account_closed, open 4 days since 2026-03-02T12:00Z  (line 4)
2026-03-06T13:00Z  acme/ann  alert here clears: account_closed, open 5 days since 2026-03-01T12:00Z  (line 5)
