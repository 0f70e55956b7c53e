Each value that enters a mean is rounded to twelve places, ties to the even digit; a calculation alone is exact. A double enters by its binary value
and is exact then, as it is in a measure. What is 10^15 or more is missing there, though not in `min`.

== playbook
products:
  crm: {adopted: events >= 1000}
measures:
  big: {of: account, value: 'crm.gauge("big")'}
  avg_big: {of: account, value: 'mean(crm.gauge("big"), 4)'}
  tripled: {of: account, value: '3 * crm.gauge("g")'}
  avg_g: {of: account, value: 'mean(crm.gauge("g"), crm.gauge("g"))'}
  half: {of: account, value: 'crm.events * 0.0000005'}
  one_half: {of: account, value: 'crm.events * 0.0000015'}
alerts:
  a_thirds: {scope: account, open: 'mean(crm.events / 3, crm.events / 3) * 3 < 1'}
  b_thirds: {scope: account, open: 'crm.events / 3 * 3 < 1'}
  c_tie: {scope: account, open: 'mean(crm.events * 0.0000000000015, crm.events * 0.0000000000015) == 0.000000000002'}
  d_tie: {scope: account, open: 'mean(crm.events * 0.0000000000005, crm.events * 0.0000000000005) == 0'}
  e_double: {scope: account, open: '3 * crm.gauge("g") == 0.3'}
  f_measure: {scope: account, open: 'tripled == 0.3', judge: live}
  g_min: {scope: account, open: 'min(crm.gauge("big"), 4) == 4'}
  h_mean: {scope: account, open: 'mean(crm.gauge("g"), crm.gauge("g")) == 0.1'}

== input
2026-03-01 usage acme crm
2026-03-01T13:00Z gauge acme crm g 0.1
2026-03-01T14:00Z gauge acme crm big 1000000000000000
ask acme big; avg_big; tripled; avg_g; half; one_half
2026-03-01T15:00Z gauge acme crm big 999999999999999
ask acme big; avg_big

== output
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
    active_days(30) = 1  >= 1  2026-01-31..2026-03-01
2026-03-01T12:00Z  acme  alert a_thirds opens  (line 1)
    mean(crm.events(30) / 3, crm.events(30) / 3) * 3 = 0.999999999999  < 1  2026-01-31..2026-03-01
2026-03-01T12:00Z  acme  alert c_tie opens  (line 1)
    mean(crm.events(30) * 0.0000000000015, crm.events(30) * 0.0000000000015) = 2e-12  == 2e-12  2026-01-31..2026-03-01
2026-03-01T12:00Z  acme  alert d_tie opens  (line 1)
    mean(crm.events(30) * 0.0000000000005, crm.events(30) * 0.0000000000005) = 0  == 0  2026-01-31..2026-03-01
2026-03-01T13:00Z  acme  alert f_measure opens  (line 2)
    tripled = 0.3  == 0.3  2026-01-31..2026-03-01
2026-03-01T13:00Z  acme  alert h_mean opens  (line 2)
    mean(crm.gauge("g", 30), crm.gauge("g", 30)) = 0.1  == 0.1  2026-01-31..2026-03-01
2026-03-01T14:00Z  acme  alert g_min opens  (line 3)
    min(crm.gauge("big", 30), 4) = 4.0  == 4  2026-01-31..2026-03-01
2026-03-01  acme  big = null
2026-03-01  acme  avg_big = 4
2026-03-01  acme  tripled = 0.3
2026-03-01  acme  avg_g = 0.1
2026-03-01  acme  half = 0
2026-03-01  acme  one_half = 2e-6
2026-03-01  acme  big = 999999999999999
2026-03-01  acme  avg_big = 500000000000001.5
