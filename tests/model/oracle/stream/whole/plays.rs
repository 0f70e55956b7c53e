//! What plays have besides other rules, guardrails and campaigns, and the records of tasks.

use super::super::{Fields, ROLES, Source, fields};
use super::{JOBS, Of, Pen, Stands, Whose, judged};
use serde_json::json;

const TASKS: &[&str] = &["call", "mail", "plan"];

/// Guardrails, each with whose it is.
pub fn guardrails_of(pen: &mut Pen) -> Vec<(String, Of)> {
    (0..4).map(|place| (format!("guard_{place}"), pen.pick(&[Of::Account, Of::Account, Of::Product]))).collect()
}

fn tasks(pen: &mut Pen) -> String {
    let mut ids = TASKS.to_vec();
    pen.w.rng.shuffle(&mut ids);
    ids.truncate(pen.pick(&[1, 2, 2, 3]));
    if !ids.contains(&"call") {
        ids[0] = "call";
    }
    let mut out = String::from("    tasks:\n");
    for id in ids {
        let mut task = format!("id: {id}, title: Do it");
        if pen.percent(70) {
            task += &format!(", assignee: {}", pen.pick(&["owner", "account_executive", "success_role", "the team"]));
        }
        if pen.percent(30) {
            task += ", doc: docs/how.md";
        }
        if pen.percent(40) {
            task += &format!(", due_days: {}", pen.rng().range(0, 9));
        }
        out += &format!("      - {{{task}}}\n");
    }
    out
}

/// A text, a number, what is true or false, or a list.
fn token(pen: &mut Pen) -> String {
    let (whose, own) = (pen.whose, pen.percent(60));
    let read = match pen.rng().range(0, 6) {
        0 => return "{text: 'Say this'}".into(),
        1 | 2 => pen.flag(),
        3 => match whose {
            Whose::Product(_) if own => "addons".into(),
            _ => pen.account("use_cases".into()),
        },
        4 => match whose {
            Whose::User if own => pen.pick(&["name", "email", "role", "level"]).into(),
            Whose::Product(_) if own => pen.pick(&["plan", "stage"]).into(),
            _ => {
                let name = pen.pick(&["name", "owner", "account_stage", "primary_product", "next_product", "success_role"]);
                pen.account(name.into())
            }
        },
        _ => pen.value(1).0,
    };
    format!("'{read}'")
}

fn tokens(pen: &mut Pen) -> String {
    let count = pen.rng().range(1, 3);
    let tokens: Vec<String> = (0..count).map(|place| format!("token_{place}: {}", token(pen))).collect();
    format!("    tokens: {{{}}}\n", tokens.join(", "))
}

/// `open` and `clear` of a play that is open on many days, and not on all.
pub fn often_open(pen: &mut Pen, of: Of) -> String {
    let open = match of {
        Of::User => pen.pick(&["known_days >= 0", "days_since_use <= 6", "active_days(7) >= 1"]),
        _ => pen.pick(&["days_since_use >= 0", "days_since_use <= 6", "events(7) >= 1", "active_days(3) >= 1"]),
    };
    let clear = pen.pick(&["", "    clear: 'days_since_use > 12'\n", "    clear: 'days_since_use > 3'\n"]);
    format!("    open: '{open}'\n{clear}")
}

/// The keys that plays alone have; those of one that is worked on often.
pub fn keys(pen: &mut Pen, of: Of, guards: &[(String, Of)], worked: bool) -> String {
    let mut out = String::new();
    if pen.percent(80) {
        let days = if pen.percent(70) { pen.rng().range(0, 6) } else { pen.rng().range(0, 40) };
        out += &format!("    due_days: {days}\n");
    }
    if pen.percent(45) {
        out += "    group: expansion\n";
        pen.grouped = true;
    }
    if worked || pen.percent(60) {
        out += &tasks(pen);
    }
    if pen.percent(45) {
        out += &tokens(pen);
    }
    if pen.percent(30) {
        out += "    with: champions\n";
    }
    if pen.percent(55) {
        let days = pen.pick(&["[1]", "[1, 3]", "[2, 5, 9]", "[3, 4]", "[7, 14, 30]"]);
        let (better, by) = (pen.pick(&["up", "down"]), pen.pick(&["0.05", "0.333", "1", "10"]));
        out += &format!("    outcome: {{metric: '{}', days: {days}, better: {better}, by: {by}}}\n", pen.value(1).0);
    }
    if pen.percent(if worked { 35 } else { 60 }) {
        let mut named: Vec<&str> =
            guards.iter().filter(|guard| guard.1 == Of::Account || of == Of::Product).map(|guard| guard.0.as_str()).collect();
        pen.w.rng.shuffle(&mut named);
        named.truncate(pen.pick(&[1, 1, 2, 3]));
        out += &format!("    guards: [{}]\n", named.join(", "));
    }
    if pen.percent(45) {
        out += &format!("    holdout: {}\n", pen.pick(&["0.5", "0.5", "0.25", "0.3333"]));
    }
    out
}

/// What plays are open, or since when none opened.
fn of_plays(pen: &mut Pen) -> String {
    let group = if pen.grouped && pen.percent(50) { "(\"expansion\")" } else { "" };
    let (name, op) = pen.pick(&[("open_plays", ">="), ("days_since_play", "<")]);
    let asked = pen.account(format!("{name}{group}"));
    format!("{asked} {op} {}", pen.pick(&["1", "2", "4"]))
}

pub fn guardrails(pen: &mut Pen, guards: &[(String, Of)]) -> String {
    let mut out = String::from("guardrails:\n");
    for (id, of) in guards {
        pen.at(Stands::Rule, if *of == Of::Account { Whose::Account } else { Whose::Product(None) });
        // Some that come and go.
        let holds_back = match pen.rng().range(0, 6) {
            0 | 1 => of_plays(pen),
            2 => "days_since_use <= 1".into(),
            3 => format!("events({}) >= 2", pen.pick(&["1", "2", "3"])),
            4 => format!("{} || {}", of_plays(pen), pen.condition(0)),
            _ => pen.condition(1),
        };
        out += &format!("  {id}:\n    of: {}\n    holds_back: '{holds_back}'\n", if *of == Of::Account { "account" } else { "product" });
        if pen.percent(50) {
            out += "    reason: One thing at a time\n";
        }
    }
    out
}

pub fn campaigns(pen: &mut Pen) -> String {
    let mut out = String::from("campaigns:\n");
    for place in 0..pen.rng().range(2, 3) {
        pen.at(Stands::Rule, Whose::User);
        let open = match pen.rng().range(0, 7) {
            0 => "days_since_use >= 2".into(),
            1 => "active_days(7) >= 1".into(),
            2 => format!("role == \"{}\" || !({})", pen.pick(JOBS), of_plays(pen)),
            3 => format!("{} && known_days >= 1", of_plays(pen)),
            _ => pen.condition(1),
        };
        out += &format!("  campaign_{place}:\n    open: '{open}'\n");
        if pen.percent(80) {
            let goal = match pen.rng().range(0, 3) {
                0 => "days_since_use <= 0".into(),
                1 => "active_days(3) >= 2".into(),
                _ => pen.condition(1),
            };
            out += &format!("    goal: '{goal}'\n");
        }
        if pen.percent(80) {
            out += &format!("    goal_days: {}\n", pen.rng().range(1, 8));
        }
        if pen.percent(85) {
            out += &format!("    cooldown_days: {}\n", pen.rng().range(1, 20));
        }
        if pen.percent(50) {
            out += &tokens(pen);
        }
        out += judged(pen);
    }
    out
}

impl Source {
    /// Of whatever is open of a play.
    pub(in super::super) fn task(&mut self) -> Fields {
        let (product, user) = (self.product_id(), self.user());
        let play = *self.rng.pick(&["play_0", "play_0", "play_0", "play_0", "play_1", "play_2", "play_3", "alert_0"]);
        let task = *self.rng.pick(&["call", "call", "call", "mail", "mail", "plan", "plan", "none"]);
        let status = *self.rng.pick(&["done", "done", "dismissed"]);
        let mut out = fields(json!({"type": "task", "play": play, "task": task, "status": status}));
        if self.rng.percent(90) {
            out.push(("product".into(), json!(product)));
        }
        if self.rng.percent(90) {
            out.push(("user".into(), json!(user)));
        }
        if self.rng.percent(30) {
            out.push(("reason".into(), json!(self.rng.pick(ROLES))));
        }
        out
    }
}
