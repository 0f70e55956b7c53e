A task may be told by the incident that its play's opening had, which is a hash of the rule, of whom it is of and of what opened it. It counts before the
play's name, and names the user whom the play is of. An incident that is not open is that of nobody.

== playbook
products: {crm: }
plays:
  grow: {scope: user, open: known_days >= 0, tasks: [{id: call, title: Call them}, {id: note, title: Note it}]}

== input
2026-03-01 usage acme crm user=ann
2026-03-02 task acme call done incident=68fd2b74a664643637968d0800668774
2026-03-03T10:00Z task acme note done incident=68fd2b74a664643637968d0800668775
2026-03-03T11:00Z task acme note dismissed incident=68fd2b74a664643637968d0800668774 play=other
2026-03-04 task acme note done incident=68fd2b74a664643637968d0800668774
until 2026-03-05

== output without evidence
2026-03-01T12:00Z  acme/crm  none → adopted, no term  (line 1)
2026-03-01T12:00Z  acme  not_adopted → single_product, 1 adopted  (line 1)
2026-03-01T12:00Z  acme/ann  play grow opens, tasks call for nobody, note for nobody  (line 1)
2026-03-02T12:00Z  acme/ann  play grow updated, tasks call done, note open  (line 2)
2026-03-03T11:00Z  acme/ann  play grow updated, tasks call done, note dismissed  (line 4)
2026-03-03T11:00Z  acme/ann  play grow closes: tasks_done, open 2 days since 2026-03-01T12:00Z  (line 4)
