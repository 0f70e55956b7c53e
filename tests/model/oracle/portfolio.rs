//! The figures of all accounts, straight from what was told of each, by their definitions.

use super::eval::{View, mean};
use super::expr::{Of, Value as Found};
use super::facts::{ADOPTED, Account, Subject};
use super::metric::{STAGES, revenue};
use super::number::Frac;
use super::playbook::{Playbook, Target};
use super::zone::Day;
use serde_json::{Map, Value, json};

/// The places to which levels of revenue are rounded.
const PLACES: u32 = 12;
/// Of a histogram.
const BINS: i64 = 1000;

/// One account as it stands.
struct Standing<'a> {
    view: View<'a>,
}

impl<'a> Standing<'a> {
    fn account(&self) -> &'a Account {
        self.view.account
    }

    fn value_of(&self, subject: Subject, text: &str) -> Found {
        let of = if subject == Subject::Account { Of::Account } else { Of::Product };
        let expr = self.view.playbook.expression(text, of).expect("a metric");
        View { subject, ..self.view.clone() }.value(&expr)
    }

    fn value(&self, text: &str) -> Found {
        self.value_of(Subject::Account, text)
    }

    /// A count, 0 where it is missing.
    fn count_of(&self, subject: Subject, text: &str) -> i64 {
        match self.value_of(subject, text) {
            Found::Exact(number) => number.as_integer().expect("a count"),
            Found::Missing => 0,
            other => unreachable!("{text} is {other:?}"),
        }
    }

    fn count(&self, text: &str) -> i64 {
        self.count_of(Subject::Account, text)
    }

    fn products(&self) -> impl Iterator<Item = usize> + use<> {
        0..self.view.playbook.products.len()
    }

    fn is_entitled(&self, p: usize) -> bool {
        self.account().entitled(self.view.playbook, p)
    }

    /// Is it one of those that are counted, where not all are?
    fn counts(&self) -> bool {
        self.value("churned") != Found::Bool(true) && self.products().any(|p| self.is_entitled(p))
    }

    fn adopted(&self) -> Vec<usize> {
        self.products().filter(|p| self.account().products[*p].stage >= ADOPTED).collect()
    }

    fn is_at_least_half(value: &Found) -> bool {
        matches!(value, Found::Exact(value) if !value.compare(&Frac::ratio(1, 2).expect("not 0")).is_lt())
    }

    fn is_broad(&self) -> bool {
        Self::is_at_least_half(&self.value("breadth"))
    }

    fn is_deep(&self) -> bool {
        let shares = self.adopted().into_iter().map(|p| self.value_of(Subject::Product(p), "feature_share"));
        Self::is_at_least_half(&mean(shares))
    }

    /// Products with a seat at least, each with its users and seats.
    fn seated(&self) -> Vec<(usize, i64, i64)> {
        let of = |p: usize, text: &str| self.count_of(Subject::Product(p), text);
        self.products().map(|p| (p, of(p, "active_users"), of(p, "seats"))).filter(|(_, _, seats)| *seats >= 1).collect()
    }

    fn is_below_60(&self) -> bool {
        let seated = self.seated();
        let (users, seats) = (seated.iter().map(|s| s.1).sum::<i64>(), seated.iter().map(|s| s.2).sum::<i64>());
        seats > 0 && users * 10 < seats * 6
    }

    fn is_used_more(&self) -> bool {
        let rose = |p: usize| match self.value_of(Subject::Product(p), "utilization_change(30)") {
            Found::Exact(change) => !change.compare(&Frac::ratio(1, 10).expect("not 0")).is_lt(),
            _ => false,
        };
        self.products().any(rose)
    }

    /// Distinct users on one day.
    fn users_on(&self, day: Day) -> i64 {
        self.account().users_in(self.account().used(None, day, day)).len() as i64
    }

    fn is_used_within_a_week(&self, day: Day) -> bool {
        self.account().used(None, day - 6, day).next().is_some()
    }

    /// The levels now and a year ago, where there was one then.
    fn levels(&self) -> Option<(Frac, Frac)> {
        let account = self.account();
        let level = |until: Day| {
            let level = revenue(account.outcomes.iter().filter(|outcome| outcome.day <= until))?;
            let exact = Frac::of_double(level);
            (!exact.is_huge()).then(|| exact.rounded(PLACES))
        };
        let before = revenue(account.outcomes.iter().filter(|outcome| outcome.day <= account.day - 365))?;
        if before == 0.0 { None } else { level(Day::MAX).zip(level(account.day - 365)) }
    }

    /// Days from the first adoption to the second, or, `false`, to today without a second.
    fn wait(&self) -> Option<(i64, bool)> {
        match self.account().adoptions()[..] {
            [] => None,
            [(first, _)] => Some((self.account().day - first, false)),
            [(first, _), (second, _), ..] => Some((second - first, true)),
        }
    }

    /// Whether it was kept for a year; `None`: its first adoption is not so long ago.
    fn is_kept(&self) -> Option<bool> {
        let account = self.account();
        let (first, _) = *account.adoptions().first()?;
        let churned = |day: Day| first <= day && day <= first + 365;
        let is_kept = !account.outcomes.iter().any(|outcome| outcome.kind == "churn" && churned(outcome.day));
        (first <= account.day - 365).then_some(is_kept)
    }
}

fn ratio(n: i64, d: i64) -> Value {
    Found::ratio(n, d).to_json()
}

fn how_many<'a>(of: &[&Standing<'a>], is_so: impl Fn(&Standing<'a>) -> bool) -> i64 {
    of.iter().filter(|standing| is_so(standing)).count() as i64
}

fn sum<'a>(of: &[&Standing<'a>], number: impl Fn(&Standing<'a>) -> i64) -> i64 {
    of.iter().map(|standing| number(standing)).sum()
}

/// Counts by name.
fn named<T>(names: impl Iterator<Item = (String, T)>, count: impl Fn(T) -> Value) -> Value {
    Value::Object(names.map(|(name, what)| (name, count(what))).collect())
}

/// Of those that were due the share that was kept.
fn retention(of: &[&Standing]) -> Option<(i64, i64)> {
    let due: Vec<bool> = of.iter().filter_map(|standing| standing.is_kept()).collect();
    (!due.is_empty()).then(|| (due.iter().filter(|kept| **kept).count() as i64, due.len() as i64))
}

fn retention_json(of: &[&Standing]) -> Value {
    retention(of).map_or(Value::Null, |(kept, due)| ratio(kept, due))
}

/// When those that adopted a product adopted a second one: the estimator of Kaplan and Meier.
fn second_product(of: &[&Standing]) -> Value {
    let waits: Vec<(i64, bool)> = of.iter().filter_map(|standing| standing.wait()).collect();
    // S after each day of which somebody adopted.
    let mut days: Vec<i64> = waits.iter().filter(|wait| wait.1).map(|wait| wait.0).collect();
    days.sort_unstable();
    days.dedup();
    let (mut curve, mut s) = (Vec::new(), Frac::int(1));
    for day in days {
        let at_risk = waits.iter().filter(|wait| wait.0 >= day).count() as i128;
        let adopting = waits.iter().filter(|wait| **wait == (day, true)).count() as i128;
        s = s.times(&Frac::ratio(at_risk - adopting, at_risk).expect("one at least"));
        curve.push((day, s.clone()));
    }
    let quartile = |quarters: i128| {
        let least = Frac::ratio(quarters, 4).expect("not 0");
        curve.iter().find(|(_, s)| !s.compare(&least).is_gt()).map(|(day, _)| *day)
    };
    let s = curve.iter().rfind(|(day, _)| *day <= 180).map_or(Frac::int(1), |(_, s)| s.clone());
    let is_known = waits.iter().any(|wait| wait.0 >= 180) || s == Frac::int(0);
    json!({
        "of": waits.len(),
        "quartiles": [quartile(3), quartile(2), quartile(1)],
        "within_180": if is_known { Found::Exact(Frac::int(1).minus(&s)).to_json() } else { Value::Null },
    })
}

fn sequences(all: &[&Standing], playbook: &Playbook) -> Value {
    let order = |standing: &Standing| standing.account().adoptions().into_iter().map(|(_, p)| p).collect::<Vec<usize>>();
    let beginnings = all.iter().flat_map(|standing| {
        let order = order(standing);
        (1..=order.len().min(4)).map(|length| order[..length].to_vec()).collect::<Vec<_>>()
    });
    let mut out = Map::new();
    for beginning in beginnings {
        let those: Vec<&Standing> = all.iter().copied().filter(|standing| order(standing).starts_with(&beginning)).collect();
        let ids: Vec<&str> = beginning.iter().map(|p| playbook.products[*p].id.as_str()).collect();
        out.insert(ids.join(" > "), json!({"accounts": those.len(), "retention": retention_json(&those)}));
    }
    Value::Object(out)
}

fn pairs(all: &[&Standing], playbook: &Playbook) -> Value {
    let adopted = |standing: &Standing, p: usize| standing.account().products[p].first_adopted.is_some();
    let with_one: Vec<&Standing> = all.iter().copied().filter(|standing| standing.account().adoptions().len() == 1).collect();
    let mut out = Map::new();
    for (a, first) in playbook.products.iter().enumerate() {
        for (b, second) in playbook.products.iter().enumerate().skip(a + 1) {
            let those: Vec<&Standing> = all.iter().copied().filter(|standing| adopted(standing, a) && adopted(standing, b)).collect();
            if those.is_empty() {
                continue;
            }
            let lift = match (retention(&those), retention(&with_one)) {
                (Some((kept, due)), Some((one_kept, one_due))) => ratio(kept * one_due, due * one_kept),
                _ => Value::Null,
            };
            let more = json!({"accounts": those.len(), "retention": retention_json(&those), "lift": lift});
            out.insert(format!("{} + {}", first.id, second.id), more);
        }
    }
    Value::Object(out)
}

/// By the lower edges of a histogram.
fn percentiles(values: impl Iterator<Item = Found>, (from, to): &(Frac, Frac)) -> Value {
    let width = to.minus(from).over(&Frac::int(BINS)).expect("not 0");
    let bin = |value: Found| {
        let exact = match value {
            Found::Exact(exact) => exact,
            Found::Double(double) => Frac::of_double(double),
            _ => return None,
        };
        let place = exact.minus(from).over(&width).expect("a range has a width").floor();
        Some(place.clamp(0.into(), (BINS - 1).into()))
    };
    let mut bins: Vec<i64> = values.filter_map(bin).map(|place| i64::try_from(place).expect("below a thousand")).collect();
    bins.sort_unstable();
    let edge = |bin: i64| Found::Exact(from.plus(&width.times(&Frac::int(bin))));
    let n = bins.len();
    let mut out = json!({"of": n, "mean": null, "quartiles": [null, null, null]});
    if n >= 5 {
        out["mean"] = mean(bins.iter().map(|bin| edge(*bin))).to_json();
        out["quartiles"] = (1..=3).map(|quarters| edge(bins[(n * quarters).div_ceil(4) - 1]).to_json()).collect();
    }
    out
}

fn all_percentiles(counted: &[&Standing], playbook: &Playbook) -> Value {
    let whole = |to: i64| (Frac::int(0), Frac::int(to));
    let of = |text: &str, range: &(Frac, Frac)| percentiles(counted.iter().map(|standing| standing.value(text)), range);
    let mut out = Map::new();
    out.insert("products_adopted".into(), of("products_adopted", &whole(1000)));
    out.insert("integration_score".into(), of("integration_score", &whole(100)));
    for measure in playbook.measures.iter().filter(|measure| measure.of == Of::Account) {
        out.insert(measure.id.clone(), of(&measure.id, &measure.range));
    }
    Value::Object(out)
}

/// Of accounts by their stages, products, segments and bands.
fn standings(counted: &[&Standing], playbook: &Playbook) -> Map<String, Value> {
    let stages = playbook.account_stages.iter().enumerate().map(|(place, stage)| (stage.name.clone(), place));
    let by_account_stage = named(stages, |stage| json!(how_many(counted, |s| s.account().stage == stage)));
    let products = playbook.products.iter().enumerate().map(|(p, product)| (product.id.clone(), p));
    let by_product_stage = named(products, |p| {
        let stages = STAGES.iter().enumerate().map(|(place, name)| ((*name).to_owned(), place));
        named(stages, |stage| json!(how_many(counted, |s| s.account().products[p].stage == stage)))
    });
    let by_products_adopted: Vec<i64> = (0..12).map(|count| how_many(counted, |s| s.adopted().len().min(11) == count)).collect();
    let segments = playbook.segments.iter().map(|segment| (segment.id.clone(), &segment.id));
    let in_segment = named(segments, |id| json!(how_many(counted, |s| is_in(s, id))));
    let banded = playbook.measures.iter().filter(|measure| !measure.bands.is_empty()).map(|measure| (measure.id.clone(), measure));
    let in_band = named(banded, |measure| {
        let of = |standing: &Standing, band: &str| {
            let bands = standing.account().bands.iter();
            bands.filter(|((id, _), published)| *id == measure.id && published.as_str() == band).count() as i64
        };
        named(measure.bands.iter().map(|band| (band.0.clone(), &band.0)), |band| json!(sum(counted, |s| of(s, band))))
    });
    let quadrant = |broad: bool, deep: bool| how_many(counted, |s| s.is_broad() == broad && s.is_deep() == deep);
    let by_quadrant = json!({
        "broad_deep": quadrant(true, true),
        "broad_shallow": quadrant(true, false),
        "narrow_deep": quadrant(false, true),
        "narrow_shallow": quadrant(false, false),
    });
    let out = json!({
        "accounts": counted.len(),
        "by_account_stage": by_account_stage,
        "by_product_stage": by_product_stage,
        "by_products_adopted": by_products_adopted,
        "in_segment": in_segment,
        "in_band": in_band,
        "by_quadrant": by_quadrant,
    });
    out.as_object().cloned().expect("an object")
}

fn is_in(standing: &Standing, segment: &str) -> bool {
    standing.account().segments.get(segment).is_some_and(|membership| membership.inside)
}

/// Of what is used.
fn use_made(counted: &[&Standing]) -> Map<String, Value> {
    let seated: Vec<(&Standing, (usize, i64, i64))> =
        counted.iter().flat_map(|standing| standing.seated().into_iter().map(|seated| (*standing, seated))).collect();
    let (users, seats) = (seated.iter().map(|s| s.1.1).sum(), seated.iter().map(|s| s.1.2).sum());
    let utilizations = seated.iter().map(|(standing, (p, ..))| standing.value_of(Subject::Product(*p), "license_utilization"));
    let entitled = |s: &Standing| s.products().filter(|p| s.is_entitled(*p)).count() as i64;
    let active = |s: &Standing| {
        let is_active = |p: &usize| s.is_entitled(*p) && s.count_of(Subject::Product(*p), "active_days") >= 1;
        s.products().filter(is_active).count() as i64
    };
    let (dau, mau) = (sum(counted, |s| s.count("active_users(1)")), sum(counted, |s| s.count("active_users(30)")));
    let daily = sum(counted, |s| (0..30).map(|back| s.users_on(s.account().day - back)).sum());
    let weekly = |back: i64| how_many(counted, |s| s.is_used_within_a_week(s.account().day - back));
    let accounts = counted.len() as i64;
    let out = json!({
        "activation_rate": ratio(sum(counted, active), sum(counted, entitled)),
        "utilization": ratio(users, seats),
        "utilization_mean": mean(utilizations).to_json(),
        "below_60": how_many(counted, Standing::is_below_60),
        "utilization_up": how_many(counted, Standing::is_used_more),
        "weekly": ratio(how_many(counted, |s| s.count("active_days(7)") >= 1), accounts),
        "weekly_by_day": (0..=85).rev().map(weekly).collect::<Vec<i64>>(),
        "dau": dau,
        "mau": mau,
        "dau_mau": ratio(daily, 30 * mau),
    });
    out.as_object().cloned().expect("an object")
}

fn figures(all: &[&Standing], playbook: &Playbook) -> Value {
    let counted: Vec<&Standing> = all.iter().copied().filter(|standing| standing.counts()).collect();
    let accounts = counted.len() as i64;
    let began: Vec<&Standing> = counted.iter().copied().filter(|s| s.account().began < s.account().day - 90).collect();
    let levels: Vec<(Frac, Frac)> = all.iter().filter_map(|standing| standing.levels()).collect();
    let total = |of: fn(&(Frac, Frac)) -> &Frac| levels.iter().fold(Frac::int(0), |sum, level| sum.plus(of(level)));
    let nrr = total(|level| &level.0).over(&total(|level| &level.1));
    let mut out = standings(&counted, playbook);
    out.extend(use_made(&counted));
    let rest = json!({
        "multi_product_rate": ratio(how_many(&counted, |s| s.adopted().len() >= 2), accounts),
        "integration_rate": ratio(how_many(&counted, |s| s.count("integrations_active") >= 1), accounts),
        "penetration": ratio(sum(&counted, |s| s.adopted().len() as i64), accounts * playbook.products.len() as i64),
        "expansion_90": ratio(how_many(&began, |s| s.count("products_added(90)") >= 1), began.len() as i64),
        "nrr": Found::or_missing(nrr, Found::Exact).to_json(),
        "second_product": second_product(&counted),
        "sequences": sequences(all, playbook),
        "pairs": pairs(all, playbook),
        "percentiles": all_percentiles(&counted, playbook),
    });
    out.extend(rest.as_object().cloned().expect("an object"));
    Value::Object(out)
}

/// `figures` of all accounts, and of those in each segment.
pub fn portfolio<'a>(playbook: &'a Playbook, accounts: impl Iterator<Item = &'a Account>) -> Value {
    let standings: Vec<Standing> =
        accounts.map(|account| Standing { view: View { playbook, account, subject: Subject::Account } }).collect();
    let all: Vec<&Standing> = standings.iter().collect();
    let segments = playbook.segments.iter().map(|segment| (segment.id.clone(), &segment.id));
    let of_segment = |id: &String| figures(&all.iter().copied().filter(|standing| is_in(standing, id)).collect::<Vec<_>>(), playbook);
    let of_all = figures(&all, playbook);
    let targets = playbook.targets.iter().map(|target| (target.id.clone(), target));
    let targets = named(targets, |target| held_against(target, &of_all));
    json!({"figures": of_all, "segments": named(segments, of_segment), "targets": targets})
}

/// A figure against what it is to reach, or not to exceed.
fn held_against(target: &Target, figures: &Value) -> Value {
    let texts: Vec<&str> = target.figure.split('"').skip(1).step_by(2).collect();
    let value = match texts[..] {
        [segment] => &figures["in_segment"][segment],
        [measure, band] => &figures["in_band"][measure][band],
        _ if target.figure == "second_product_180" => &figures["second_product"]["within_180"],
        _ => &figures[&target.figure],
    };
    let (key, bound, at_least) = match (&target.at_least, &target.at_most) {
        (Some(bound), _) => ("at_least", bound, true),
        (_, Some(bound)) => ("at_most", bound, false),
        _ => unreachable!("checked at load"),
    };
    let is_met = |value: f64| if at_least { value >= bound.to_f64() } else { value <= bound.to_f64() };
    json!({
        "figure": target.figure,
        "value": value,
        key: Found::Exact(bound.clone()).to_json(),
        "met": value.as_f64().map(is_met),
    })
}
