//! An explanation for people to read.

use std::fmt::Write as _;

use crate::output::StageName;

use super::{
    Change, ComparisonReason, ConditionReason, Explanation, Holds, MilestoneReason, ProductReason, RuleReason, RuleState, SegmentReason,
};

/// A line for each thing, what it follows from below it.
pub fn text(explanation: &Explanation) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let Explanation { account, day, until, stage, .. } = explanation;
    let next = stage.next.as_ref().map(|next| format!("; {} from {}", next.stage, next.products_adopted)).unwrap_or_default();
    let closed = explanation.closed.map(|closed| format!(", closed from {closed}")).unwrap_or_default();
    let products = if stage.products_adopted == 1 { "product" } else { "products" };
    let _ = writeln!(
        text,
        "{account} as of {day}{closed}: {} since {}, {} {products} adopted{next}{}",
        stage.stage,
        stage.since,
        stage.products_adopted,
        output(stage.output.as_deref())
    );
    explanation.products.iter().for_each(|of| product(of, &mut text));
    segments(&explanation.segments, &mut text);
    explanation.milestones.iter().for_each(|of| milestone(of, &mut text));
    explanation.rules.iter().for_each(|of| rule(of, &mut text));
    if let Some(users) = explanation.users_left_out {
        let _ = writeln!(text, "\n{users} more users, of whom nothing is remembered");
    }
    match &explanation.foreseen[..] {
        [] => _ = writeln!(text, "\nuntil {until} nothing follows from days alone"),
        foreseen => {
            let _ = writeln!(text, "\nuntil {until}, if nothing happens:");
            foreseen.iter().for_each(|change| _ = writeln!(text, "  {}", foreseen_change(change)));
        }
    }
    text
}

fn product(product: &ProductReason, text: &mut String) {
    let falls = product.ladder.iter().filter(|rung| rung.stage == product.stage).find_map(|rung| rung.falls);
    let falls = falls.map(|day| format!("; falls {day}")).unwrap_or_default();
    let since = product.since.map(|day| format!(" since {day}")).unwrap_or_default();
    let hold = product.hold.as_ref().map(|hold| format!("; a lower stage is derived since {}, held until {}", hold.since, hold.falls));
    let (hold, told) = (hold.unwrap_or_default(), output(product.output.as_deref()));
    let _ = writeln!(text, "\n{}: {}{since}{hold}{falls}{told}", product.product, stage_name(product.stage));
    for rung in &product.ladder {
        let moves = match (rung.falls, rung.reached) {
            (Some(day), _) => format!("; falls {day}"),
            (_, Some(day)) => format!("; reached {day}"),
            (None, None) => String::new(),
        };
        let _ = writeln!(text, "  {} {}{moves}", stage_name(rung.stage), truth(rung.condition.holds));
        comparisons(&rung.condition, "    ", text);
    }
}

/// Of those that it is not in, and does not enter, the names alone.
fn segments(segments: &[SegmentReason], text: &mut String) {
    let (far, near): (Vec<_>, Vec<_>) =
        segments.iter().partition(|of| !of.is_in && of.wait.is_none() && of.moves_on.is_none() && of.when.holds == FALSE);
    near.into_iter().for_each(|of| segment(of, text));
    if !far.is_empty() {
        let names: Vec<&str> = far.iter().map(|of| &*of.segment).collect();
        let _ = writeln!(text, "\nin none of the segments {}", names.join(", "));
    }
}

/// For as far as is looked ahead.
const FALSE: Holds = Holds { holds: Some(false), lapses_on: None, holds_from: None };

fn segment(segment: &SegmentReason, text: &mut String) {
    let (is_in, moves) = if segment.is_in { ("in", "leaves") } else { ("not in", "enters") };
    let wait = segment.wait.as_ref().map(|wait| format!("; otherwise since {}, which counts from {}", wait.since, wait.until));
    let moves = segment.moves_on.map(|day| format!("; {moves} {day}")).unwrap_or_default();
    let _ = writeln!(text, "\nsegment {}: {is_in}{}{moves}", segment.segment, wait.unwrap_or_default());
    condition("when", &segment.when, text);
}

fn milestone(milestone: &MilestoneReason, text: &mut String) {
    let of = milestone.product.as_ref().map(|product| format!(" of {product}")).unwrap_or_default();
    let reached = match (milestone.reached, milestone.reached_on) {
        (Some(day), _) => format!("reached {day}"),
        (None, Some(day)) => format!("not reached; is {day}"),
        (None, None) => "not reached".to_owned(),
    };
    let _ = writeln!(text, "\nmilestone {}{of}: {reached}", milestone.milestone);
    milestone.when.iter().for_each(|when| condition("when", when, text));
}

fn rule(rule: &RuleReason, text: &mut String) {
    let subject = rule.product.iter().chain(&rule.user).map(|id| format!(" of {id}")).collect::<String>();
    let mut parts = vec![state(rule)];
    parts.extend(rule.not_judged.clone());
    if let Some(wait) = &rule.wait {
        let what = if rule.incident.is_some() { "`clear`" } else { "`open`" };
        parts.push(format!("{what} since {}, long enough {}", wait.since, wait.until));
    }
    parts.extend(rule.cooldown_until.map(|day| format!("cools down until {day}")));
    parts.extend(rule.closes_on.filter(|_| rule.incident.is_some()).map(|day| format!("closes {day}")));
    parts.extend(rule.opens_on.map(|day| format!("opens {day}")));
    let _ = writeln!(text, "\n{} {}{subject}: {}", rule.kind, rule.rule, parts.join("; "));
    // What it would ask is not asked.
    if rule.state == RuleState::NotJudged {
        return;
    }
    condition("open", &rule.open, text);
    rule.clear.iter().for_each(|clear| condition("clear", clear, text));
    for guard in &rule.guards {
        let reason = guard.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        condition(&format!("guard {}{reason}", guard.guardrail), &guard.condition, text);
    }
}

fn state(rule: &RuleReason) -> String {
    let incident = rule.incident.as_ref().map(|incident| {
        let due = incident.due.map(|due| format!(", due {due}")).unwrap_or_default();
        format!(" since {}{due}, incident {}{}", incident.opened, incident.incident, output(incident.output.as_deref()))
    });
    let state = match rule.state {
        RuleState::Open => "open",
        RuleState::HeldOut => "held out, so that nothing is published,",
        RuleState::CoolingDown => "not open yet",
        RuleState::Waiting => "waits to open",
        RuleState::HeldBack => "held back",
        RuleState::WorkedOff => "closed as its tasks were worked, until `open` is not true",
        RuleState::NotOpen => "not open",
        RuleState::NotJudged => "not judged",
    };
    format!("{state}{}", incident.unwrap_or_default())
}

/// A condition's name and truth, and its parts; of one with a single part on one line.
fn condition(name: &str, condition: &ConditionReason, text: &mut String) {
    let _ = writeln!(text, "  {name} {}", truth(condition.holds));
    comparisons(condition, "    ", text);
}

fn comparisons(condition: &ConditionReason, indent: &str, text: &mut String) {
    // All of a plain `a && b` must be true; of others it is shown how they are put together.
    if condition.comparisons.len() > 1 && ["||", "!", "?", "or("].iter().any(|sign| condition.condition.contains(sign)) {
        let _ = writeln!(text, "{indent}{}", condition.condition);
    }
    for comparison in &condition.comparisons {
        let _ = writeln!(text, "{indent}{}: {}", truth_alone(comparison.holds), compared(comparison));
    }
}

fn compared(comparison: &ComparisonReason) -> String {
    let shown = |value: &Option<serde_json::Value>| value.as_ref().map_or_else(|| "missing".to_owned(), ToString::to_string);
    let mut text = comparison.metric.clone();
    if let Some(operator) = &comparison.operator {
        let _ = write!(text, " {} {operator} {}", shown(&comparison.value), shown(&comparison.threshold));
    }
    if let Some(window) = comparison.window {
        let _ = write!(text, ", {} to {}", window.from, window.to);
    }
    text + &turns(comparison.holds)
}

fn truth(holds: Holds) -> String {
    format!("{}{}", truth_alone(holds), turns(holds))
}

fn truth_alone(holds: Holds) -> &'static str {
    match holds.holds {
        Some(true) => "true",
        Some(false) => "false",
        None => "unknown",
    }
}

fn turns(holds: Holds) -> String {
    match (holds.lapses_on, holds.holds_from) {
        (Some(day), _) => format!(", lapses {day}"),
        (_, Some(day)) => format!(", true from {day}"),
        (None, None) => String::new(),
    }
}

fn foreseen_change(change: &Change) -> String {
    let mut words = vec![change.day.to_string()];
    words.extend(change.product.clone().or_else(|| change.user.clone()));
    words.push(change.event_type.trim_start_matches("adoption.").to_owned());
    words.extend(change.of.clone());
    match (&change.from, &change.to) {
        (None, None) => {}
        (from, to) => {
            let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "none".to_owned());
            words.push(format!("{} -> {}", name(from), name(to)));
        }
    }
    words.extend(change.reason.clone());
    words.join(" ")
}

/// The id of the output that told something.
fn output(id: Option<&str>) -> String {
    id.map(|id| format!(" [{id}]")).unwrap_or_default()
}

fn stage_name(stage: StageName) -> &'static str {
    match stage {
        StageName::None => "none",
        StageName::Entitled => "entitled",
        StageName::Activated => "activated",
        StageName::Adopted => "adopted",
        StageName::Proficient => "proficient",
        StageName::Integrated => "integrated",
    }
}
