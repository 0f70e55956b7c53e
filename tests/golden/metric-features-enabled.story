Which features an account may use, and does. Without a term all of the catalogue is enabled; a term that tells its features narrows it, and
one beside it that tells none widens it again. Feature a was used on two days, which is enough for being effective, c on one. Of the
add-ons, m2 names the module of c, which was used, d a feature that was not, and sso nothing in the catalogue; within two days c was not
used either. An old name of a feature is the feature.

== playbook
products:
  crm:
    features:
      a: {module: m1, tier: core, aliases: [old_a]}
      b: {module: m1, tier: advanced}
      c: {module: m2, tier: [core, high_value]}
      d: {}
    adopted: events >= 1000

== input
2026-03-01 usage acme crm a
2026-03-02 usage acme crm old_a
2026-03-03 usage acme crm c
2026-03-03 usage acme crm import
2026-03-05 ask acme crm.modules; crm.modules_used; crm.modules_used(4); crm.features_enabled; crm.enabled_share; crm.enabled_share(2)
ask acme crm.unused_features; crm.unused_features("core"); crm.unused_features("advanced"); crm.unused_features("core", 2)
ask acme crm.effective_features; crm.effective_features(2); crm.feature_share("core"); crm.feature_share("main"); crm.feature_share("advanced", 5)
ask acme crm.addons; crm.addons_unused
2026-03-06 entitlement acme crm active features=["old_a","b"] addons=["sso","m2","d"]
ask acme crm.features_enabled; crm.enabled_share; crm.unused_features; crm.unused_features("core"); crm.effective_features
ask acme crm.addons; crm.addons_unused; crm.addons_unused(2)
2026-03-07 entitlement acme crm active term=more addons=["sso"]
ask acme crm.features_enabled; crm.enabled_share; crm.addons

== output without evidence
2026-03-01T12:00Z  acme/crm  none → activated, no term  (line 1)
2026-03-05  acme  crm.modules = 2
2026-03-05  acme  crm.modules_used = 2
2026-03-05  acme  crm.modules_used(4) = 2
2026-03-05  acme  crm.features_enabled = 4
2026-03-05  acme  crm.enabled_share = 0.5
2026-03-05  acme  crm.enabled_share(2) = 0.0
2026-03-05  acme  crm.unused_features = 2
2026-03-05  acme  crm.unused_features("core") = 0
2026-03-05  acme  crm.unused_features("advanced") = 1
2026-03-05  acme  crm.unused_features("core", 2) = 2
2026-03-05  acme  crm.effective_features = 1
2026-03-05  acme  crm.effective_features(2) = 0
2026-03-05  acme  crm.feature_share("core") = 1.0
2026-03-05  acme  crm.feature_share("main") = null
2026-03-05  acme  crm.feature_share("advanced", 5) = 0
2026-03-05  acme  crm.addons = null
2026-03-05  acme  crm.addons_unused = 0
2026-03-06  acme  crm.features_enabled = 2
2026-03-06  acme  crm.enabled_share = 0.5
2026-03-06  acme  crm.unused_features = 1
2026-03-06  acme  crm.unused_features("core") = 0
2026-03-06  acme  crm.effective_features = 1
2026-03-06  acme  crm.addons = ["d","m2","sso"]
2026-03-06  acme  crm.addons_unused = 1
2026-03-06  acme  crm.addons_unused(2) = 2
2026-03-07  acme  crm.features_enabled = 4
2026-03-07  acme  crm.enabled_share = 0.5
2026-03-07  acme  crm.addons = ["d","m2","sso"]
