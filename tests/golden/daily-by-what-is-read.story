What makes a rule daily: a metric that is computed from all users, a measure, a figure of many, each also behind `fit`, `criteria_progress` and
synergies, of any product that may be meant, in either condition. All of these are true with the first record, which is usage: what is live opens with
it, what is daily with the next day.

== playbook
products:
  crm: {fit: 'login_rate >= 0', adopted: 'account.active_users >= 99 && events >= 1'}
  mail: {fit: 'employees >= 0', adopted: events >= 99}
measures:
  m: {of: account, value: 'crm.events'}
integrations: [{from: crm, to: mail}]
synergies:
  s: {products: [crm, mail], by: 'login_rate >= 0', value: 5}
alerts:
  a_metric: {scope: account, open: 'active_users >= 1'}
  b_of_product: {scope: product, open: 'active_users >= 1'}
  c_of_account: {scope: product, open: 'account.active_users >= 1'}
  d_events: {scope: account, open: 'events >= 1'}
  e_measure: {scope: account, open: 'm >= 1'}
  f_figure: {scope: account, open: 'users.count(known_days >= 0) >= 1'}
  g_fit: {scope: product, open: 'fit || events >= 1'}
  h_fit_of_mail: {scope: product, products: [crm], open: 'mail.fit || events >= 1'}
  i_progress: {scope: product, products: [crm], open: 'criteria_progress >= 0'}
  j_progress_of_mail: {scope: account, open: 'mail.criteria_progress >= 0'}
  k_synergies: {scope: account, open: 'synergies_unlocked >= 1'}
  l_known: {scope: account, open: 'known(login_rate)'}
  m_clear: {scope: account, open: 'events >= 1', clear: 'users_known >= 99'}
  n_user: {scope: user, open: 'known_days >= 0'}
  o_user: {scope: user, open: 'known_days >= 0 && account.users_known >= 0'}
  p_any: {scope: account, open: 'events >= 1 || events < 1 && persona("p") >= 0'}
personas:
  p: {among: key, keeps: 'active_days >= 1'}

== input
2026-03-01 usage acme crm user=ann
until 2026-03-02

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-01T12:00Z  acme/crm  alert b_of_product opens  (line 1)
2026-03-01T12:00Z  acme  alert d_events opens  (line 1)
2026-03-01T12:00Z  acme/crm  alert h_fit_of_mail opens  (line 1)
2026-03-01T12:00Z  acme  alert j_progress_of_mail opens  (line 1)
2026-03-01T12:00Z  acme/ann  alert n_user opens  (line 1)
2026-03-02T00:00Z  acme  alert a_metric opens  (day 2026-03-02)
2026-03-02T00:00Z  acme/crm  alert c_of_account opens  (day 2026-03-02)
2026-03-02T00:00Z  acme  alert e_measure opens  (day 2026-03-02)
2026-03-02T00:00Z  acme  alert f_figure opens  (day 2026-03-02)
2026-03-02T00:00Z  acme/crm  alert g_fit opens  (day 2026-03-02)
2026-03-02T00:00Z  acme/crm  alert i_progress opens  (day 2026-03-02)
2026-03-02T00:00Z  acme  alert k_synergies opens  (day 2026-03-02)
2026-03-02T00:00Z  acme  alert l_known opens  (day 2026-03-02)
2026-03-02T00:00Z  acme  alert m_clear opens  (day 2026-03-02)
2026-03-02T00:00Z  acme/ann  alert o_user opens  (day 2026-03-02)
2026-03-02T00:00Z  acme  alert p_any opens  (day 2026-03-02)
