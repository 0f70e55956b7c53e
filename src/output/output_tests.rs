use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::engine::{CloseReason, Evidence, Number, OpenIncident, Opening, day_of_date};
use crate::playbook::RuleHead;

const DAY: jiff::civil::Date = jiff::civil::date(2026, 3, 4);
/// The start of that day in UTC.
const TIME_MS: i64 = 1_772_582_400_000;

fn effect(within: (Option<&str>, Option<&str>), cause: Cause, kind: EffectKind) -> Effect {
    let evidence = Evidence {
        metric: "active_days(7)".into(),
        value: json!(1),
        operator: ">=",
        threshold: json!(1),
        window: Some((day_of_date(DAY) - 6, day_of_date(DAY))),
    };
    let evidence = if matches!(kind, EffectKind::BandChanged { .. }) { Vec::new() } else { vec![evidence] };
    let (product, user) = (within.0.map(str::to_owned), within.1.map(str::to_owned));
    Effect { account: "acme".into(), product, user, time_ms: TIME_MS, cause, evidence, kind }
}

fn of_day(within: (Option<&str>, Option<&str>), kind: EffectKind) -> Effect {
    effect(within, Cause::Day(day_of_date(DAY)), kind)
}

fn band(measure: &str, from: Option<&str>, to: Option<&str>, value: Option<Number>) -> EffectKind {
    EffectKind::BandChanged { measure: measure.into(), from: from.map(Arc::from), to: to.map(Arc::from), value }
}

fn rule(kind: RuleKind) -> Arc<RuleHead> {
    Arc::new(RuleHead { kind, id: "low_usage".to_owned(), severity: "info".to_owned() })
}

fn opened(kind: RuleKind, route: Option<&str>, group: Option<&str>) -> EffectKind {
    let opening = Opening { route: route.map(Arc::from), group: group.map(Arc::from), ..Opening::default() };
    EffectKind::IncidentOpened { rule: rule(kind), incident: incident(), opening }
}

fn incident() -> OpenIncident {
    OpenIncident { id: 7, opened_ms: TIME_MS, opened_day: day_of_date(DAY), due: day_of_date(DAY) + 14 }
}

fn closed(kind: RuleKind) -> EffectKind {
    EffectKind::IncidentClosed { rule: rule(kind), incident: incident(), reason: CloseReason::NoLongerApplies, open_days: 0 }
}

fn whole(effect: &Effect, playbook: &Playbook) -> Value {
    serde_json::from_str(&CloudEvent::new(effect, playbook).structured()).expect("outputs are JSON")
}

/// What the golden stories do not show: each output with its type, topic, subject and data but for what all have at its end.
#[test]
fn each_output_tells_what_happened_and_to_whom() {
    const ACCOUNT: (Option<&str>, Option<&str>) = (None, None);
    const PRODUCT: (Option<&str>, Option<&str>) = (Some("crm"), None);
    const USER: (Option<&str>, Option<&str>) = (None, Some("ann"));
    let playbook = Playbook::shipped();
    let head = json!({
        "account": "acme",
        "user": "ann",
        "incident": "00000000000000000000000000000007",
        "rule": "low_usage",
        "severity": "info",
        "opened": "2026-03-04T00:00:00Z",
    });
    let with = |more: Value| {
        let mut data = head.clone();
        data.as_object_mut().expect("an object").append(&mut more.as_object().expect("an object").clone());
        data
    };
    let (alert, play) = (RuleKind::Alert, RuleKind::Play);
    let table = [
        (
            of_day(ACCOUNT, band("depth", None, Some("poor"), Number::ratio(12_345_678, 1_000_000))),
            ("adoption.band.changed", Topic::Signals, "acme"),
            json!({"account": "acme", "measure": "depth", "from": null, "to": "poor", "value": 12.345_678}),
        ),
        (
            of_day(PRODUCT, band("adoption_score", Some("good"), None, None)),
            ("adoption.band.changed", Topic::Signals, "acme/crm"),
            json!({"account": "acme", "product": "crm", "measure": "adoption_score", "from": "good", "to": null, "value": null}),
        ),
        (
            of_day(ACCOUNT, EffectKind::SegmentEntered { segment: "weekly_user".into() }),
            ("adoption.segment.entered", Topic::Signals, "acme"),
            json!({"account": "acme", "segment": "weekly_user"}),
        ),
        (
            effect(ACCOUNT, Cause::Event("e1".to_owned()), EffectKind::SegmentExited { segment: "smb".into() }),
            ("adoption.segment.exited", Topic::Signals, "acme"),
            json!({"account": "acme", "segment": "smb"}),
        ),
        (
            of_day(ACCOUNT, EffectKind::MilestoneAchieved { milestone: "whole_platform".into(), user: None }),
            ("adoption.milestone.achieved", Topic::Signals, "acme"),
            json!({"account": "acme", "milestone": "whole_platform"}),
        ),
        (
            effect(
                PRODUCT,
                Cause::Event("e1".to_owned()),
                EffectKind::MilestoneAchieved { milestone: "first_login".into(), user: Some("ann".into()) },
            ),
            ("adoption.milestone.achieved", Topic::Signals, "acme/crm"),
            json!({"account": "acme", "product": "crm", "milestone": "first_login", "user": "ann"}),
        ),
        (
            of_day(USER, opened(alert, Some("kim"), None)),
            ("adoption.alert.opened", Topic::Alerts, "acme/ann"),
            with(json!({"route": "kim"})),
        ),
        (of_day(USER, opened(alert, None, None)), ("adoption.alert.opened", Topic::Alerts, "acme/ann"), with(json!({"route": null}))),
        (
            of_day(USER, opened(play, None, Some("expansion"))),
            ("adoption.play.opened", Topic::Plays, "acme/ann"),
            with(json!({"due": "2026-03-18", "group": "expansion"})),
        ),
        (of_day(USER, opened(play, None, None)), ("adoption.play.opened", Topic::Plays, "acme/ann"), with(json!({"due": "2026-03-18"}))),
        (
            of_day(USER, closed(alert)),
            ("adoption.alert.cleared", Topic::Alerts, "acme/ann"),
            with(json!({"reason": "no_longer_applies", "open_days": 0})),
        ),
        (
            of_day(USER, closed(play)),
            ("adoption.play.closed", Topic::Plays, "acme/ann"),
            with(json!({"due": "2026-03-18", "reason": "no_longer_applies", "open_days": 0})),
        ),
    ];
    let mut ids = BTreeSet::new();
    for (effect, (event_type, topic, subject), mut data) in table {
        let window = json!({"from": "2026-02-26", "to": "2026-03-04"});
        let evidence = json!([{"metric": "active_days(7)", "value": 1, "operator": ">=", "threshold": 1, "window": window}]);
        data["evidence"] = if event_type == "adoption.band.changed" { json!([]) } else { evidence };
        data["cause"] = if matches!(effect.cause, Cause::Day(_)) { json!({"day": "2026-03-04"}) } else { json!({"event": "e1"}) };
        data["playbook"] = json!(playbook.digest);
        let found = whole(&effect, &playbook);
        assert_eq!(found["data"], data);
        assert_eq!((&found["type"], &found["subject"]), (&json!(event_type), &json!(subject)));
        assert_eq!(found["time"], "2026-03-04T00:00:00Z");
        assert_eq!(CloudEvent::new(&effect, &playbook).topic, topic);
        let output = types().into_iter().find(|output| output.name == event_type).expect("a type of the list");
        let schema = jsonschema::validator_for(&output.schema()).expect("a valid schema");
        let faults: Vec<String> = schema.iter_errors(&found["data"]).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{faults:?}\n{found:#}");
        for field in data.as_object().expect("an object").keys() {
            let mut without = data.clone();
            without.as_object_mut().expect("an object").remove(field);
            let is_optional = ["product", "user", "due", "group"].contains(&&**field);
            assert_eq!(schema.is_valid(&without), is_optional, "{event_type} without {field}");
        }
        data["more"] = json!(1);
        assert!(schema.is_valid(&data), "{event_type} with a field that a later version adds");
        ids.insert(found["id"].as_str().expect("an id").to_owned());
    }
    // Two of the alert's openings differ in what the account was told alone, two of the play's in the playbook alone.
    assert_eq!(ids.len(), 10);
}

#[test]
fn an_id_is_that_of_one_type_subject_name_and_cause() {
    let playbook = Playbook::shipped();
    let entered = |segment: &str| EffectKind::SegmentEntered { segment: segment.into() };
    let achieved = |milestone: &str, user: &str| EffectKind::MilestoneAchieved { milestone: milestone.into(), user: Some(user.into()) };
    let alert = || opened(RuleKind::Alert, None, None);
    let of_account = |account: &str, effect: Effect| Effect { account: account.into(), ..effect };
    let differ = [
        of_day((None, None), entered("a")),
        of_day((None, None), entered("b")),
        effect((None, None), Cause::Event("2026-03-04".to_owned()), entered("a")),
        effect((None, None), Cause::Playbook, entered("a")),
        of_account("globex", of_day((None, None), entered("a"))),
        of_day((None, None), EffectKind::SegmentExited { segment: "a".into() }),
        of_day((None, None), band("a", None, Some("poor"), None)),
        of_day((Some("crm"), None), band("a", None, Some("poor"), None)),
        of_day((None, None), achieved("a", "ann")),
        of_day((Some("crm"), None), achieved("a", "ann")),
        of_day((None, Some("ann")), alert()),
        of_day((None, Some("bob")), alert()),
        // Their subjects are alike.
        of_account("acme/emea", of_day((None, Some("ann")), alert())),
        of_day((None, Some("emea/ann")), alert()),
    ];
    let ids: BTreeSet<String> = differ.iter().map(|effect| CloudEvent::new(effect, &playbook).id).collect();
    assert_eq!(ids.len(), differ.len());
    // What is told besides does not belong to it.
    for (one, other) in [
        (band("a", None, Some("poor"), None), band("a", Some("poor"), Some("fair"), Number::ratio(40, 1))),
        (achieved("a", "ann"), achieved("a", "bob")),
    ] {
        let id = |kind| CloudEvent::new(&of_day((None, None), kind), &playbook).id;
        assert_eq!(id(one), id(other));
    }
}
