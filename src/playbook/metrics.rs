//! The table of metrics: how each is written, what its parameters may be and what kind of value it has.

use super::condition::{Metric, Tier};

/// Widest window: all the days held.
const WINDOW_DAYS_MAX: u16 = 92;
/// Widest window of a single feature.
pub(super) const FEATURE_DAYS_MAX: u16 = 61;
/// A change reads two windows and the current day is in neither, so 2 × 45 + 1 days.
const CHANGE_DAYS_MAX: u16 = 45;
/// Whole weeks within the days held.
const WEEKS_MAX: u16 = 13;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Text,
    Boolean,
}

impl Kind {
    pub fn described(self) -> &'static str {
        match self {
            Kind::Number => "a number",
            Kind::Text => "a text",
            Kind::Boolean => "a boolean",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Product,
    Account,
}

/// What the name among a metric's arguments names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// In the catalogue.
    Feature,
    Tier,
    /// Free.
    Gauge,
    /// Free.
    Workflow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needed {
    Required,
    Optional,
}

/// The number among a metric's arguments: 1 ..= `max`. Left out, it is the playbook's `window_days`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    pub label: &'static str,
    pub needed: Needed,
    pub max: u16,
}

/// A metric's arguments, checked, with the defaults filled in. What a metric does not take is `None` or unused.
pub(super) struct Arguments {
    pub name: Option<String>,
    pub tier: Option<Tier>,
    pub number: u16,
    pub window_days: u16,
    pub min_volume: u32,
}

pub(super) struct Signature {
    pub name: &'static str,
    /// As in the reference; `?` marks what may be left out.
    pub usage: &'static str,
    pub of: Of,
    pub kind: Kind,
    /// Depends on a stage, so that no stage may depend on it.
    pub reads_stage: bool,
    pub naming: Option<(Naming, Needed)>,
    pub number: Option<Number>,
    pub build: fn(Arguments) -> Metric,
}

pub(super) const TIERS: [(&str, Tier); 4] =
    [("core", Tier::Core), ("main", Tier::Main), ("advanced", Tier::Advanced), ("high_value", Tier::HighValue)];

/// The signature of the metric that is written `name`.
pub(super) fn signature(name: &str) -> Option<&'static Signature> {
    METRICS.iter().find(|signature| signature.name == name)
}

const N: Option<Number> = Some(Number { label: "N", needed: Needed::Optional, max: WINDOW_DAYS_MAX });
const N_OF_CHANGE: Option<Number> = Some(Number { label: "N", needed: Needed::Required, max: CHANGE_DAYS_MAX });
const N_OF_FEATURE: Option<Number> = Some(Number { label: "N", needed: Needed::Optional, max: FEATURE_DAYS_MAX });
const W: Option<Number> = Some(Number { label: "W", needed: Needed::Required, max: WEEKS_MAX });

/// A metric without parameters.
const fn plain(name: &'static str, of: Of, kind: Kind, build: fn(Arguments) -> Metric) -> Signature {
    Signature { name, usage: name, of, kind, reads_stage: false, naming: None, number: None, build }
}

/// A metric without parameters that depends on a stage.
const fn staged(name: &'static str, of: Of, build: fn(Arguments) -> Metric) -> Signature {
    Signature { reads_stage: true, ..plain(name, of, Kind::Number, build) }
}

/// A product's metric over a number of days or weeks.
const fn windowed(name: &'static str, usage: &'static str, number: Option<Number>, build: fn(Arguments) -> Metric) -> Signature {
    Signature { usage, number, ..plain(name, Of::Product, Kind::Number, build) }
}

/// A product's metric over a window, of something named.
const fn named(
    name: &'static str,
    usage: &'static str,
    naming: (Naming, Needed),
    number: Option<Number>,
    build: fn(Arguments) -> Metric,
) -> Signature {
    Signature { naming: Some(naming), ..windowed(name, usage, number, build) }
}

/// Every metric, in the reference's order.
pub(super) const METRICS: &[Signature] = &[
    named("events", "events(feature?, N?)", (Naming::Feature, Needed::Optional), N, |a| Metric::Events { feature: a.name, days: a.number }),
    named("gauge", "gauge(name, N?)", (Naming::Gauge, Needed::Required), N, |a| Metric::Gauge {
        name: a.name.expect("a required name is there once the arguments are checked"),
        days: a.number,
    }),
    windowed("active_users", "active_users(N?)", N, |a| Metric::ActiveUsers { days: a.number }),
    named("users_of", "users_of(feature, N?)", (Naming::Feature, Needed::Required), N_OF_FEATURE, |a| Metric::UsersOf {
        feature: a.name.expect("a required name is there once the arguments are checked"),
        days: a.number,
    }),
    windowed("active_days", "active_days(N?)", N, |a| Metric::ActiveDays { days: a.number }),
    windowed("active_weeks", "active_weeks(W)", W, |a| Metric::ActiveWeeks { weeks: a.number }),
    named("features_used", "features_used(tier?, N?)", (Naming::Tier, Needed::Optional), N, |a| Metric::FeaturesUsed {
        tier: a.tier,
        days: a.number,
    }),
    windowed("feature_share", "feature_share(N?)", N, |a| Metric::FeatureShare { days: a.number }),
    plain("seats", Of::Product, Kind::Number, |_| Metric::Seats),
    plain("entitled_days", Of::Product, Kind::Number, |_| Metric::EntitledDays),
    plain("entitled", Of::Product, Kind::Boolean, |_| Metric::Entitled),
    windowed("license_utilization", "license_utilization(N?)", N, |a| Metric::LicenseUtilization { days: a.number }),
    plain("days_since_use", Of::Product, Kind::Number, |_| Metric::DaysSinceUse),
    plain("days_since_first_use", Of::Product, Kind::Number, |_| Metric::DaysSinceFirstUse),
    staged("stage_days", Of::Product, |_| Metric::StageDays),
    windowed("usage_change", "usage_change(N)", N_OF_CHANGE, |a| Metric::UsageChange { days: a.number, min_volume: a.min_volume }),
    windowed("frequency_change", "frequency_change(N)", N_OF_CHANGE, |a| Metric::FrequencyChange { days: a.number }),
    windowed("stickiness", "stickiness(N?)", N, |a| Metric::Stickiness { days: a.number }),
    windowed("concentration", "concentration(N?)", N, |a| Metric::Concentration { days: a.number }),
    plain("integrations", Of::Product, Kind::Number, |_| Metric::Integrations),
    named("workflow_runs", "workflow_runs(name?, N?)", (Naming::Workflow, Needed::Optional), N, |a| Metric::WorkflowRuns {
        name: a.name,
        days: a.number,
    }),
    plain("products_entitled", Of::Account, Kind::Number, |_| Metric::ProductsEntitled),
    plain("products_active", Of::Account, Kind::Number, |a| Metric::ProductsActive { days: a.window_days }),
    staged("products_adopted", Of::Account, |_| Metric::ProductsAdopted),
    staged("breadth", Of::Account, |_| Metric::Breadth),
    staged("account_stage_days", Of::Account, |_| Metric::AccountStageDays),
    plain("observed_days", Of::Account, Kind::Number, |_| Metric::ObservedDays),
    staged("first_product_days", Of::Account, |_| Metric::FirstProductDays),
    staged("days_to_second_product", Of::Account, |_| Metric::DaysToSecondProduct),
    plain("days_since_touchpoint", Of::Account, Kind::Number, |_| Metric::DaysSinceTouchpoint),
    plain("employees", Of::Account, Kind::Number, |_| Metric::Employees),
    plain("industry", Of::Account, Kind::Text, |_| Metric::Industry),
    plain("region", Of::Account, Kind::Text, |_| Metric::Region),
    plain("arr", Of::Account, Kind::Number, |_| Metric::Arr),
    plain("days_to_renewal", Of::Account, Kind::Number, |_| Metric::DaysToRenewal),
    plain("onboarded_days", Of::Account, Kind::Number, |_| Metric::OnboardedDays),
    plain("owner", Of::Account, Kind::Text, |_| Metric::Owner),
    plain("success_role", Of::Account, Kind::Text, |_| Metric::SuccessRole),
];
