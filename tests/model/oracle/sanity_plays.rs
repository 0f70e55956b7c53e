//! The oracle's own sanity where plays and campaigns are concerned: values reckoned by hand.

use super::sanity::{line, run};
use super::{Line, Options, Oracle, stream, until_instant};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What happens in streams of some seeds, as often as it does.
fn happening() -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::<String, usize>::new();
    for seed in 1..=24 {
        let yaml = stream::whole_playbook(seed);
        let until = until_instant(&yaml, &stream::until(seed)).unwrap();
        let clock_witnesses = stream::witnesses(seed);
        let options = Options { until: Some(until), wall_ms: 0, max_skew_ms: 0, dedupe_ids: 0, clock_witnesses };
        let mut oracle = Oracle::new(&yaml, options).unwrap_or_else(|problem| panic!("seed {seed}: {problem}\n{yaml}"));
        for (index, text) in stream::whole_lines(seed, 300, false).iter().enumerate() {
            oracle.line(Line { number: index as u64 + 1, text: text.as_bytes() });
        }
        oracle.finish();
        for output in oracle.outputs() {
            let data = &output["data"];
            let kind = output["type"].as_str().unwrap().replace("adoption.", "");
            let said = ["reason", "verdict"].iter().filter_map(|key| data[*key].as_str()).map(|text| format!("{kind} {text}"));
            let has = |key: &&&str| !data[**key].is_null();
            let with = ["overdue", "tokens", "champions", "held_out"].iter().filter(has).map(|key| format!("{kind} with {key}"));
            for what in said.chain(with).chain([kind.clone()]) {
                *counts.entry(what).or_default() += 1;
            }
        }
    }
    counts
}

#[test]
fn random_streams_have_all_of_it() {
    let counts = happening();
    for what in [
        "play.opened with tokens",
        "play.opened with champions",
        "play.held_out",
        "play.updated",
        "play.updated with overdue",
        "play.suppressed",
        "play.closed tasks_done",
        "play.closed condition",
        "play.closed no_longer_applies",
        "play.closed account_closed",
        "play.outcome",
        "play.outcome with held_out",
        "play.outcome better",
        "play.outcome worse",
        "play.outcome same",
        "play.outcome unknown",
        "campaign.triggered with tokens",
        "campaign.reached",
        "campaign.missed",
    ] {
        assert!(counts.get(what).is_some_and(|count| *count >= 5), "{what}: {counts:#?}");
    }
}

fn at(day: i64, hour: i64) -> String {
    format!("2024-03-{day:02}T{hour:02}:00:00Z")
}

fn usage(time: &str, user: &str, quantity: i64) -> String {
    line(time, json!({"type": "usage", "product": "crm", "user": user, "feature": "f", "quantity": quantity}))
}

fn worked(time: &str, mut rest: Value) -> String {
    rest["type"] = json!("task");
    line(time, rest)
}

/// Each output in a line: its type's end, its subject behind the account, its rule, what else it tells, and its time.
fn said(oracle: &Oracle) -> Vec<String> {
    let say = |output: &Value| {
        let data = &output["data"];
        let mut out = vec![output["type"].as_str().unwrap().replace("adoption.", ""), output["subject"].as_str().unwrap().to_owned()];
        out.push(data["rule"].as_str().unwrap_or("-").to_owned());
        for key in ["guards", "tasks", "day", "baseline", "value", "change", "verdict", "held_out", "overdue", "reason", "open_days"] {
            let value = match &data[key] {
                Value::Null => continue,
                Value::Array(items) if key == "tasks" => {
                    let state = |item: &Value| format!("{}:{}", item["id"].as_str().unwrap(), item["state"].as_str().unwrap_or("-"));
                    items.iter().map(state).collect::<Vec<_>>().join(",")
                }
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            out.push(format!("{key}={value}"));
        }
        out.push(output["time"].as_str().unwrap()[8..16].replace('T', " "));
        out.join(" ")
    };
    let is_stage = |output: &&Value| output["type"].as_str().unwrap().ends_with("stage.changed");
    oracle.outputs().iter().filter(|output| !is_stage(output)).map(say).collect()
}

fn data<'a>(oracle: &'a Oracle, kind: &str, rule: &str) -> &'a Value {
    let is_it = |output: &&Value| output["type"] == format!("adoption.{kind}") && output["data"]["rule"] == rule;
    &oracle.outputs().iter().find(is_it).unwrap_or_else(|| panic!("no {kind} of {rule}"))["data"]
}

const WORK: &str = r#"
version: 1
products: {crm: {features: {f: {}}}}
plays:
  work:
    scope: account
    open: days_since_use <= 3
    clear: days_since_use > 5
    due_days: 2
    group: calls
    tasks:
      - {id: call, title: Call them, due_days: 1}
      - {id: mail, title: Write, assignee: account_executive, doc: how.md}
      - {id: plan, title: Plan, assignee: the team}
    tokens: {used: events(7), who: account.owner, share: 'events(7) / 3', lists: use_cases, say: {text: Hello}, loud: events > 1}
    with: champions
  mine: {scope: user, open: active_days(30) >= 1, tasks: [{id: call, title: Call}]}
"#;

#[test]
fn tasks_are_done_and_a_play_with_none_left_closes() {
    let lines = [
        line(&at(1, 8), json!({"type": "account", "owner": "kim"})),
        usage(&at(1, 9), "u1", 4),
        worked(&at(1, 10), json!({"play": "work", "task": "call", "status": "done"})),
        worked(&at(1, 11), json!({"play": "work", "task": "call", "status": "done"})), // is so
        worked(&at(1, 12), json!({"play": "work", "task": "call", "status": "dismissed", "reason": "no"})),
        worked(&at(1, 13), json!({"play": "work", "task": "sing", "status": "done"})), // has no such
        worked(&at(1, 14), json!({"play": "other", "task": "call", "status": "done"})),
        worked(&at(1, 15), json!({"incident": "x", "task": "call", "status": "done"})),
        worked(&at(1, 16), json!({"play": "mine", "task": "call", "status": "done"})), // of whom?
        worked(&at(1, 17), json!({"play": "mine", "user": "u1", "task": "call", "status": "done"})),
        worked(&at(4, 10), json!({"play": "work", "task": "mail", "status": "done"})),
        // Late, and the last.
        worked(&at(3, 10), json!({"play": "work", "task": "plan", "status": "done"})),
        // `open` is true still, until it is the sixth; and true again on the seventh.
        usage(&at(7, 9), "u2", 1),
    ];
    let oracle = run(WORK, &lines, "2024-03-08");
    assert_eq!(
        said(&oracle),
        [
            "play.opened a work tasks=call:-,mail:-,plan:- 01 09:00",
            "play.opened a/u1 mine tasks=call:- 01 09:00",
            "play.updated a work tasks=call:done,mail:open,plan:open 01 10:00",
            "play.updated a work tasks=call:dismissed,mail:open,plan:open 01 12:00",
            "play.updated a/u1 mine tasks=call:done 01 17:00",
            "play.closed a/u1 mine reason=tasks_done open_days=0 01 17:00",
            "play.updated a work tasks=call:dismissed,mail:open,plan:open overdue=true 04 00:00",
            "play.updated a work tasks=call:dismissed,mail:done,plan:open overdue=true 04 10:00",
            "play.updated a work tasks=call:dismissed,mail:done,plan:done overdue=true 03 10:00",
            "play.closed a work reason=tasks_done open_days=3 03 10:00",
            "play.opened a work tasks=call:-,mail:-,plan:- 07 09:00",
            "play.opened a/u2 mine tasks=call:- 07 09:00",
        ]
    );
    let opened = data(&oracle, "play.opened", "work");
    assert_eq!(
        opened["tasks"],
        json!([
            {"id": "call", "title": "Call them", "assignee": "kim", "due": "2024-03-02"},
            {"id": "mail", "title": "Write", "assignee": null, "doc": "how.md", "due": "2024-03-03"},
            {"id": "plan", "title": "Plan", "assignee": "the team", "due": "2024-03-03"},
        ])
    );
    assert_eq!((&opened["group"], &opened["due"], &opened["champions"]), (&json!("calls"), &json!("2024-03-03"), &json!(["u1"])));
    assert_eq!(opened["tokens"], json!({"used": 4, "who": "kim", "share": 4.0 / 3.0, "lists": null, "say": "Hello", "loud": true}));
    let mine = data(&oracle, "play.opened", "mine");
    assert_eq!(mine["tasks"], json!([{"id": "call", "title": "Call", "assignee": "kim"}]));
    assert!(["due", "group", "tokens", "champions"].iter().all(|key| mine.get(key).is_none()));
    let updated: Vec<&Value> = oracle.outputs().iter().filter(|output| output["type"] == "adoption.play.updated").collect();
    assert_eq!(updated[1]["data"]["tasks"][0], json!({"id": "call", "state": "dismissed", "reason": "no"}));
    assert_eq!((&updated[1]["data"]["evidence"], &updated[1]["data"]["rule"]), (&json!([]), &json!("work")));
}

#[test]
fn champions_are_those_who_use_most() {
    let with = |user: &str, product: &str, day: i64, feature: &str| {
        line(&at(day, 9), json!({"type": "usage", "product": product, "user": user, "feature": feature}))
    };
    let playbook = "version: 1\nproducts: {crm: , hub: }\nplays: {all: {scope: product, open: observed_days >= 19, with: champions}}\n";
    let mut lines = vec![
        with("old", "crm", 1, "f"),
        with("two", "crm", 5, "f"),
        with("two", "hub", 20, "f"),
        with("days", "crm", 18, "f"),
        with("days", "crm", 19, "f"),
        with("b", "crm", 19, "f"),
        with("a", "crm", 19, "f"),
        with("more", "crm", 7, "f"),
        with("more", "crm", 7, "g"),
        with("gone", "crm", 18, "g"),
        with("gone", "hub", 18, "g"),
        line(&at(19, 8), json!({"type": "user", "user": "gone", "left": "2024-03-20"})),
    ];
    lines.sort_by_key(|line| line[line.find("2024-").unwrap()..].to_owned());
    let oracle = run(playbook, &lines, "2024-03-21");
    assert_eq!(data(&oracle, "play.opened", "all")["champions"], json!(["days", "more", "a"])); // `two` has the one product until nine
    let oracle = run(&playbook.replace(">= 19", ">= 20"), &lines, "2024-03-21");
    assert_eq!(data(&oracle, "play.opened", "all")["champions"], json!(["two", "days", "a"])); // the seventh is 14 days ago
}

const GUARDED: &str = r#"
version: 1
products: {crm: {features: {f: {}}}, hub: }
guardrails:
  busy: {holds_back: 'events(1) >= 3'}
  many: {holds_back: 'open_plays("more") >= 1', reason: One at a time}
  young: {of: product, holds_back: days_since_first_use < 1}
plays:
  first: {scope: account, open: events(1) >= 1, clear: events(1) == 0, group: more}
  second: {scope: product, products: [crm], open: events >= 2, guards: [many, young, busy], for_days: 1}
"#;

#[test]
fn guards_hold_a_play_back() {
    let lines = [
        usage(&at(1, 9), "u1", 2),
        usage(&at(2, 9), "u1", 1), // held back, it is looked at on boundaries
        usage(&at(2, 10), "u1", 2),
        line(&at(2, 11), json!({"type": "touchpoint", "kind": "call"})),
        line(&at(2, 12), json!({"type": "touchpoint", "kind": "call"})),
        usage(&at(3, 9), "u1", 1),
    ];
    let oracle = run(GUARDED, &lines, "2024-03-05");
    assert_eq!(
        said(&oracle),
        [
            "play.opened a first 01 09:00",
            "play.closed a first reason=condition open_days=1 02 00:00",
            // S is the first, and on the second nothing is open, it is not young, and it is not busy.
            "play.opened a/crm second 02 00:00",
            "play.opened a first 02 09:00",
            "play.closed a first reason=condition open_days=1 03 00:00",
            "play.opened a first 03 09:00",
            "play.closed a first reason=condition open_days=1 04 00:00",
        ]
    );
    // Without days to wait for.
    let playbook = GUARDED.replace(", for_days: 1", "");
    let oracle = run(&playbook, &lines, "2024-03-05");
    assert_eq!(
        said(&oracle)[..4],
        [
            "play.opened a first 01 09:00",
            "play.suppressed a/crm second guards=[\"many\",\"young\"] 01 09:00",
            "play.closed a first reason=condition open_days=1 02 00:00",
            "play.opened a/crm second 02 00:00",
        ]
    );
    let suppressed = data(&oracle, "play.suppressed", "second");
    assert_eq!(suppressed["evidence"], json!([{"metric": "open_plays(\"more\")", "value": 1, "operator": ">=", "threshold": 1}]));
    assert!(suppressed.get("incident").is_none() && suppressed["product"] == "crm");
    // Never young, and held back by what is used: other guards are told at most once a day, on the next if it lasts.
    let playbook =
        playbook.replace("first_use < 1", "first_use < 0").replace("events >= 2, guards", "events >= 1, clear: events(2) == 0, guards");
    let oracle = run(&playbook, &lines, "2024-03-06");
    assert_eq!(
        said(&oracle),
        [
            "play.opened a first 01 09:00",
            "play.suppressed a/crm second guards=[\"many\"] 01 09:00",
            "play.closed a first reason=condition open_days=1 02 00:00",
            "play.opened a/crm second 02 00:00",
            "play.opened a first 02 09:00",
            "play.closed a first reason=condition open_days=1 03 00:00",
            "play.opened a first 03 09:00",
            "play.closed a first reason=condition open_days=1 04 00:00",
            "play.closed a/crm second reason=condition open_days=3 05 00:00",
        ]
    );
    let busy = [
        usage(&at(1, 9), "u1", 1),
        usage(&at(1, 10), "u1", 5),
        line(&at(1, 11), json!({"type": "touchpoint", "kind": "call"})), // busy as well, and told today
        line(&at(2, 1), json!({"type": "gauge", "product": "crm", "name": "g", "value": 1})),
        usage(&at(2, 2), "u1", 3),
        line(&at(2, 3), json!({"type": "touchpoint", "kind": "call"})),
        line(&at(2, 4), json!({"type": "touchpoint", "kind": "call"})),
    ];
    let playbook = playbook.replace("events(1) == 0, group", "events(3) == 0, group");
    let oracle = run(&playbook, &busy, "2024-03-06");
    assert_eq!(
        said(&oracle),
        [
            "play.opened a first 01 09:00",
            "play.suppressed a/crm second guards=[\"many\"] 01 09:00",
            "play.suppressed a/crm second guards=[\"many\",\"busy\"] 02 03:00",
            "play.suppressed a/crm second guards=[\"many\"] 03 00:00",
            "play.closed a first reason=condition open_days=4 05 00:00",
        ]
    );
}

#[test]
fn outcomes_are_told_on_their_days_and_after_closing() {
    let playbook = r#"
version: 1
products: {crm: {features: {f: {}}}}
plays:
  up: {scope: account, open: events(1) >= 2, clear: events(1) < 2, outcome: {metric: events(1), days: [1, 2, 3], better: up, by: 1}}
  down: {scope: account, open: events(1) >= 2, clear: events(1) < 2, outcome: {metric: 'events(1) / 3', days: [1, 3], better: down, by: 1.25}}
  unknown: {scope: account, open: events(1) >= 2, clear: events(1) < 2, outcome: {metric: employees, days: [2], better: up, by: 1}}
  same: {scope: user, open: active_days(1) == 1, outcome: {metric: active_days, days: [4], better: up, by: 2}}
"#;
    let lines = [usage(&at(1, 9), "u1", 4), usage(&at(2, 0), "u1", 1)];
    let oracle = run(playbook, &lines, "2024-03-05");
    let third = format!("{}", 4.0 / 3.0);
    assert_eq!(
        said(&oracle),
        [
            "play.opened a up 01 09:00".to_owned(),
            "play.opened a down 01 09:00".into(),
            "play.opened a unknown 01 09:00".into(),
            "play.opened a/u1 same 01 09:00".into(),
            "play.outcome a up day=1 baseline=4 value=0 change=-4 02 00:00".into(),
            "play.closed a up reason=condition open_days=1 02 00:00".into(),
            format!("play.outcome a down day=1 baseline={third} value=0 change=-{third} 02 00:00"),
            "play.closed a down reason=condition open_days=1 02 00:00".into(),
            "play.closed a unknown reason=condition open_days=1 02 00:00".into(),
            "play.closed a/u1 same reason=condition open_days=1 02 00:00".into(),
            "play.opened a/u1 same 02 00:00".into(),
            "play.outcome a up day=2 baseline=4 value=0 change=-4 03 00:00".into(),
            "play.outcome a unknown day=2 verdict=unknown 03 00:00".into(),
            "play.closed a/u1 same reason=condition open_days=1 03 00:00".into(),
            "play.outcome a up day=3 baseline=4 value=0 change=-4 verdict=worse 04 00:00".into(),
            format!("play.outcome a down day=3 baseline={third} value=0 change=-{third} verdict=better 04 00:00"),
            "play.outcome a/u1 same day=4 baseline=1 value=2 change=1 verdict=same 05 00:00".into(),
        ]
    );
    let outcome = data(&oracle, "play.outcome", "unknown");
    assert_eq!((&outcome["baseline"], &outcome["value"], &outcome["change"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!((&outcome["opened"], &outcome["evidence"]), (&json!("2024-03-01T09:00:00Z"), &json!([])));
    // While the account is closed none is told; one day is over by the time that it opens again.
    let mut closed = lines.to_vec();
    closed.push(line(&at(2, 9), json!({"type": "account", "closed": "2024-03-02"})));
    closed.push(line(&at(3, 9), json!({"type": "account", "clear": ["closed"]})));
    let outcomes = |oracle: &Oracle| said(oracle).into_iter().filter(|text| text.contains("outcome")).map(|text| text[15..].to_owned());
    let told: Vec<String> = outcomes(&run(playbook, &closed, "2024-03-05")).collect();
    assert_eq!(
        told.iter().map(|text| &text[..10]).collect::<Vec<_>>(),
        ["up day=1 b", "down day=1", "up day=3 b", "down day=3", "u1 same da"]
    );
    // A rule that is gone says nothing more; the other goes on.
    let mut edited = run(playbook, &lines, "2024-03-02");
    let gone = playbook.lines().filter(|line| !line.starts_with("  up")).map(|line| format!("{line}\n")).collect::<String>();
    edited.edit(&gone).unwrap();
    assert_eq!(edited.outputs().len(), run(playbook, &lines, "2024-03-02").outputs().len());
}

#[test]
fn who_is_held_out_is_told_of_once() {
    // SHA-256 of the play's id, a zero byte and `a` begins with 1f for `trial`, with 97 for `kept`, as `printf 'trial\0a' | sha256sum` says.
    let playbook = r#"
version: 1
products: {crm: {features: {f: {}}}}
guardrails: {never: {holds_back: 'open_plays >= 1 || days_since_play <= 0'}}
plays:
  NAME:
    scope: account
    open: events(1) >= 2
    due_days: 0
    tasks: [{id: call, title: Call}]
    outcome: {metric: events(1), days: [1], better: up, by: 1}
    holdout: SHARE
  after: {scope: account, open: 'events(1) >= 2 && !play_open("NAME")', guards: [never]}
"#;
    let lines = [usage(&at(1, 9), "u1", 4), worked(&at(1, 10), json!({"play": "NAME", "task": "call", "status": "done"}))];
    let told = |name: &str, share: &str| {
        let replaced = |text: &str| text.replace("NAME", name).replace("SHARE", share);
        let lines: Vec<String> = lines.iter().map(|line| replaced(line)).collect();
        said(&run(&replaced(playbook), &lines, "2024-03-03"))
    };
    let (out, within) = ("trial", "kept");
    assert_eq!(
        told(out, "0.5"),
        [
            format!("play.held_out a {out} tasks=call:- 01 09:00"),
            "play.opened a after 01 09:00".into(),
            format!("play.outcome a {out} day=1 baseline=4 value=0 change=-4 verdict=worse held_out=true 02 00:00"),
            "play.closed a after reason=condition open_days=1 02 00:00".into(),
        ]
    );
    for (name, share) in [(within, "0.5"), (out, "0")] {
        assert_eq!(
            told(name, share),
            [
                format!("play.opened a {name} tasks=call:- 01 09:00"),
                format!("play.updated a {name} tasks=call:done 01 10:00"),
                format!("play.closed a {name} reason=tasks_done open_days=0 01 10:00"),
                "play.suppressed a after guards=[\"never\"] 01 10:00".into(),
                format!("play.outcome a {name} day=1 baseline=4 value=0 change=-4 verdict=worse 02 00:00"),
            ]
        );
    }
}

#[test]
fn campaigns_wait_for_their_goal() {
    let playbook = r#"
version: 1
products: {crm: {features: {f: {}}}}
campaigns:
  twice: {open: active_days(1) == 1, goal: active_days(7) >= 2, goal_days: 2, cooldown_days: 4, tokens: {days: active_days, who: name}}
  once: {open: active_days >= 1}
"#;
    let user = |time: &str, id: &str, mut rest: Value| {
        rest["type"] = json!("user");
        rest["user"] = json!(id);
        line(time, rest)
    };
    let lines = [
        usage(&at(1, 9), "u1", 1),
        usage(&at(1, 10), "u2", 1),
        usage(&at(1, 11), "u3", 1),
        usage(&at(1, 12), "u4", 1),
        user(&at(1, 13), "u3", json!({"left": "2024-03-02"})),
        user(&at(2, 8), "u4", json!({"merged_into": "u1"})),
        usage(&at(2, 9), "u2", 1),
        usage(&at(3, 9), "u2", 1),
        usage(&at(5, 9), "u1", 1),
        // Late: the goal is judged, and nothing is triggered.
        usage(&at(4, 8), "u1", 1),
        usage(&at(4, 9), "u5", 1),
    ];
    let oracle = run(playbook, &lines, "2024-03-07");
    assert_eq!(
        said(&oracle),
        [
            "campaign.triggered a/u1 twice 01 09:00",
            "campaign.triggered a/u1 once 01 09:00",
            "campaign.triggered a/u2 twice 01 10:00",
            "campaign.triggered a/u2 once 01 10:00",
            "campaign.triggered a/u3 twice 01 11:00",
            "campaign.triggered a/u3 once 01 11:00",
            "campaign.triggered a/u4 twice 01 12:00",
            "campaign.triggered a/u4 once 01 12:00",
            "campaign.reached a/u2 twice 02 09:00",
            "campaign.missed a/u1 twice 03 00:00",
            "campaign.triggered a/u1 twice 05 09:00",
            "campaign.reached a/u1 twice 05 09:00", // by the day before
            "campaign.triggered a/u5 once 06 00:00",
        ]
    );
    let reached = data(&oracle, "campaign.reached", "twice");
    assert_eq!(
        (&reached["triggered"], &reached["tokens"], &reached["evidence"][0]["metric"]),
        (&json!("2024-03-01T10:00:00Z"), &json!({"days": 1, "who": null}), &json!("active_days(7)"))
    );
    assert_eq!(data(&oracle, "campaign.triggered", "once").get("tokens"), None);
    // Closed accounts: in silence, and the day counts.
    let mut closed = lines[..1].to_vec();
    closed.push(line(&at(2, 9), json!({"type": "account", "closed": "2024-03-02"})));
    closed.push(line(&at(3, 9), json!({"type": "account", "clear": ["closed"]})));
    closed.push(usage(&at(4, 9), "u1", 1));
    closed.push(usage(&at(5, 9), "u1", 1));
    assert_eq!(
        said(&run(playbook, &closed, "2024-03-06")),
        [
            "campaign.triggered a/u1 twice 01 09:00",
            "campaign.triggered a/u1 once 01 09:00",
            "campaign.triggered a/u1 twice 05 09:00",
            "campaign.reached a/u1 twice 06 00:00"
        ]
    );
}

#[test]
fn an_edited_playbook_changes_what_is_open() {
    let playbook = r#"
version: 1
products: {crm: {features: {f: {}}}}
guardrails: {busy: {holds_back: events >= 1}, late: {holds_back: events >= 2}}
plays:
  done: {scope: account, open: events >= 1, due_days: 1, tasks: [{id: a, title: A}, {id: b, title: B}]}
  held: {scope: account, open: events >= 1, guards: [busy, late]}
  gone: {scope: account, open: events >= 1, outcome: {metric: events, days: [5], better: up, by: 1}}
  out: {scope: account, open: events >= 1, holdout: 0}
  trial: {scope: account, open: events >= 1, holdout: 0.5}
campaigns:
  kept: {open: active_days >= 1, goal: active_days >= 5, goal_days: 9}
  gone_too: {open: active_days >= 1, goal: active_days >= 5, goal_days: 1}
"#;
    let lines = [usage(&at(1, 9), "u1", 1), worked(&at(1, 10), json!({"play": "done", "task": "a", "status": "done"}))];
    let mut oracle = run(playbook, &lines, "2024-03-02");
    let before = said(&oracle).len();
    let edited = playbook
        .lines()
        .filter(|line| !line.starts_with("  gone") && !line.starts_with("  trial"))
        .map(|line| format!("{line}\n"))
        .collect::<String>()
        .replace("{id: b, title: B}", "{id: c, title: C}")
        .replace("guards: [busy, late]", "guards: [late]")
        .replace("holdout: 0}", "holdout: 0.5}")
        .replace("goal_days: 9", "goal_days: 1");
    oracle.edit(&edited).unwrap();
    // Nobody was told that `trial` opened.
    assert_eq!(said(&oracle)[before..], ["play.opened a held 02 00:00", "play.closed a gone reason=rule_removed open_days=1 02 00:00"]);
}
