//! The one spelling of each metric, condition and playbook.
//!
//! Two playbooks that mean the same have the same canonical form and so the same digest: defaults are written out, sets are
//! sorted, and only such orders are kept as decide the order of outputs. A condition's canonical form is itself a condition of
//! the same meaning.

use super::campaigns::campaign_lines;
use super::condition::{Aggregate, Arithmetic, Condition, Figure, MeasureRef, MetricRef, Operand, Over};
use super::guardrails::guardrail_lines;
use super::integrations::integration_lines;
use super::load::MIN_ACTIVE_DAYS_DEFAULT;
use super::paths::path_line;
use super::products::product_lines;
use super::reasons::remedy_line;
use super::resolve::{ACCOUNT, PRIMARY};
use super::rule_fields::canonical_rule;
use super::synergies::synergy_lines;
use super::targets::target_line;
use super::view::view_line;
use super::vocabulary::{Of, Signature, Verdict};
use super::workflows::workflow_line;
use super::worklists::worklist_lines;
use super::{Calendar, Ladder, Measure, Milestone, Pace, Playbook, ProductIndex, Segment};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Whom an expression is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    pub of: Of,
    /// Of what is a product's, or read of a user's use of it, where it is known which.
    pub product: Option<ProductIndex>,
}

impl About {
    pub const ACCOUNT: Self = Self { of: Of::Account, product: None };
    /// Each product in turn.
    pub const EACH_PRODUCT: Self = Self { of: Of::Product, product: None };

    pub const USER: Self = Self { of: Of::User, product: None };

    pub fn product(product: ProductIndex) -> Self {
        Self { of: Of::Product, product: Some(product) }
    }
}

/// The metric as in evidence: every default written out, a prefix dropped where the bare name means the same.
///
/// `events("contact.created", 30)`, `active_users(30)`, `seats`, `complete.events(7)`; `crm.events(7)` unless it is about `crm`.
pub fn canonical_metric(reference: &MetricRef, about: About, playbook: &Playbook) -> String {
    let name = reference.metric.signature.name;
    let has_namesake = || playbook.vocabulary.signature(name, about.of).is_some();
    let qualifier = match reference.metric.signature.of {
        // Though a product may have others, each is of one subject.
        Of::Account if about.of == Of::Product && is_of_one_subject(reference.metric.signature) => String::new(),
        Of::Account => account_qualifier(about, has_namesake),
        Of::Product | Of::User => product_qualifier(reference.product, about, playbook),
    };
    let complete = if reference.metric.complete { "complete." } else { "" };
    let arguments = reference.metric.arguments();
    let call = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
    format!("{qualifier}{complete}{name}{call}")
}

fn is_of_one_subject(signature: &Signature) -> bool {
    matches!(signature.verdict(), Some(Verdict::Segment | Verdict::Milestone))
}

fn account_qualifier(about: About, has_namesake: impl FnOnce() -> bool) -> String {
    let bare_means_it = match about.of {
        Of::Account => true,
        Of::Product => !has_namesake(),
        Of::User => false,
    };
    if bare_means_it { String::new() } else { format!("{ACCOUNT}.") }
}

fn product_qualifier(product: Option<ProductIndex>, about: About, playbook: &Playbook) -> String {
    let named = product.filter(|_| product != about.product);
    named.map(|product| format!("{}.", playbook.products[usize::from(product.0)].id)).unwrap_or_default()
}

fn canonical_measure(reference: MeasureRef, about: About, playbook: &Playbook) -> String {
    let measure = &playbook.measures[usize::from(reference.measure.0)];
    let qualifier = match measure.of {
        // No metric has its name.
        Of::Account => account_qualifier(about, || false),
        Of::Product => product_qualifier(reference.product, about, playbook),
        Of::User => String::new(),
    };
    format!("{qualifier}{}", measure.id)
}

/// One side of a comparison, as in evidence: spaces around operators, parentheses only where they change the value.
pub fn canonical_operand(operand: &Operand, about: About, playbook: &Playbook) -> String {
    let written = |operand: &Operand| canonical_operand(operand, about, playbook);
    match operand {
        Operand::Number(number) => number.to_string(),
        Operand::Text(text) => literal(text),
        Operand::Boolean(value) => value.to_string(),
        Operand::List(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        Operand::Metric(reference) => canonical_metric(reference, about, playbook),
        Operand::Measure(reference) => canonical_measure(*reference, about, playbook),
        Operand::Primary(inner) => format!("{PRIMARY}.{}", canonical_operand(inner, About::EACH_PRODUCT, playbook)),
        Operand::Negate(inner) => {
            let text = written(inner);
            // CEL reads `--x` as `x`, and `-` binds closer than any other operator.
            if matches!(**inner, Operand::Negate(_) | Operand::Number(_)) || binding(inner) < BINDS_CLOSEST {
                format!("-({text})")
            } else {
                format!("-{text}")
            }
        }
        Operand::Arithmetic(left, operator, right) => {
            let side = |operand: &Operand, binds_at_least: u8| {
                let text = written(operand);
                if binding(operand) < binds_at_least { format!("({text})") } else { text }
            };
            // Operators group to the left: an equal one on the right needs its parentheses, because doubles do not associate.
            let own = operator_binding(*operator);
            format!("{} {} {}", side(left, own), operator.sign(), side(right, own + 1))
        }
        Operand::Call(function, operands) => {
            format!("{}({})", function.name(), operands.iter().map(written).collect::<Vec<_>>().join(", "))
        }
        Operand::Weighted(weighted) => {
            let pairs: Vec<String> = weighted.iter().map(|(operand, weight)| format!("{}, {weight}", written(operand))).collect();
            format!("weighted({})", pairs.join(", "))
        }
        Operand::Either(sides) => format!("or({}, {})", written(&sides[0]), written(&sides[1])),
        Operand::Choice(choice) => {
            let (condition, yes, no) = &**choice;
            let condition = grouped_below(condition, CHOICE + 1, about, playbook);
            // What stands between the signs binds closer than they do.
            let yes = if matches!(yes, Operand::Choice(_)) { format!("({})", written(yes)) } else { written(yes) };
            format!("{condition} ? {yes} : {}", written(no))
        }
        Operand::Truth(condition) => canonical_condition(condition, about, playbook),
        Operand::Aggregate(aggregate) => canonical_aggregate(aggregate, about, playbook),
    }
}

fn canonical_aggregate(aggregate: &Aggregate, about: About, playbook: &Playbook) -> String {
    let within = match aggregate.over {
        Over::Users => About { of: Of::User, ..about },
        Over::Products => About::EACH_PRODUCT,
    };
    let of = match &aggregate.figure {
        Figure::Count(condition) | Figure::Share(condition) => canonical_condition(condition, within, playbook),
        Figure::Mean(of) | Figure::Least(of) | Figure::Greatest(of) | Figure::Sum(of) => canonical_operand(of, within, playbook),
    };
    let among = aggregate.among.as_ref().map(|among| format!(", {}", canonical_condition(among, within, playbook))).unwrap_or_default();
    format!("{}.{}({of}{among})", aggregate.over.name(), aggregate.figure.name())
}

fn operator_binding(operator: Arithmetic) -> u8 {
    match operator {
        Arithmetic::Add | Arithmetic::Subtract => 1,
        Arithmetic::Multiply | Arithmetic::Divide => 2,
    }
}

const BINDS_CLOSEST: u8 = 3;

fn binding(operand: &Operand) -> u8 {
    match operand {
        Operand::Arithmetic(_, operator, _) => operator_binding(*operator),
        Operand::Choice(_) => 0,
        _ => BINDS_CLOSEST,
    }
}

/// How close the connectives bind.
const CHOICE: u8 = 0;
const OR: u8 = 1;
const AND: u8 = 2;

fn connective_binding(condition: &Condition) -> u8 {
    match condition {
        Condition::Choice(_) => CHOICE,
        Condition::Or(_) => OR,
        Condition::And(_) => AND,
        Condition::Compare(_) => 3,
        _ => 4,
    }
}

fn grouped_below(condition: &Condition, binds_at_least: u8, about: About, playbook: &Playbook) -> String {
    let text = canonical_condition(condition, about, playbook);
    if connective_binding(condition) < binds_at_least { format!("({text})") } else { text }
}

/// A condition in its one spelling.
pub fn canonical_condition(condition: &Condition, about: About, playbook: &Playbook) -> String {
    let part = |part: &Condition, binds_at_least| grouped_below(part, binds_at_least, about, playbook);
    let joined = |parts: &[Condition], sign: &str, binds_at_least| {
        parts.iter().map(|inner| part(inner, binds_at_least)).collect::<Vec<_>>().join(sign)
    };
    match condition {
        Condition::Constant(value) => value.to_string(),
        Condition::Flag(operand) => canonical_operand(operand, about, playbook),
        Condition::Known(operand) => format!("known({})", canonical_operand(operand, about, playbook)),
        Condition::HasAny(list, texts) => {
            let texts: Vec<String> = texts.iter().map(|text| literal(text)).collect();
            format!("has_any({}, [{}])", canonical_operand(list, about, playbook), texts.join(", "))
        }
        Condition::Compare(comparison) => {
            let side = |side: &Operand| {
                let text = canonical_operand(side, about, playbook);
                if matches!(side, Operand::Choice(_)) { format!("({text})") } else { text }
            };
            format!("{} {} {}", side(&comparison.left), comparison.operator.sign(), side(&comparison.right))
        }
        Condition::Not(inner) => format!("!{}", part(inner, 4)),
        Condition::And(parts) => joined(parts, " && ", AND),
        Condition::Or(parts) => joined(parts, " || ", OR),
        Condition::Either(sides) => format!("or({}, {})", part(&sides[0], CHOICE), part(&sides[1], CHOICE)),
        Condition::Choice(parts) => {
            format!("{} ? {} : {}", part(&parts[0], CHOICE + 1), part(&parts[1], CHOICE + 1), part(&parts[2], CHOICE))
        }
    }
}

/// `sha256:…` of the playbook's canonical form.
pub(super) fn digest(playbook: &Playbook) -> String {
    let hash = Sha256::digest(canonical_playbook(playbook).as_bytes());
    let mut digest = String::from("sha256:");
    for byte in hash {
        write!(digest, "{byte:02x}").expect("writing to a string does not fail");
    }
    digest
}

/// One line for each thing said; texts are quoted, so that no text can look like another line.
pub(super) fn canonical_playbook(playbook: &Playbook) -> String {
    let mut lines = vec![
        "version 1".to_owned(),
        format!("time_zone {}", literal(&playbook.time_zone_name)),
        format!("window_days {}", playbook.window_days),
        format!("min_volume {}", playbook.min_volume),
    ];
    // Keys that the first playbooks did not have are left out at their default, so that those keep their digest.
    if playbook.min_active_days != MIN_ACTIVE_DAYS_DEFAULT {
        lines.push(format!("min_active_days {}", playbook.min_active_days));
    }
    let mut calendars: Vec<&Calendar> = playbook.calendars.iter().collect();
    calendars.sort_by_key(|calendar| &calendar.name);
    for calendar in calendars {
        let periods: String = calendar.periods.iter().map(|(from, to)| format!(" {from} to {to}")).collect();
        lines.push(format!("calendar {}{periods}", literal(&calendar.name)));
    }
    for (index, product) in playbook.products.iter().enumerate() {
        product_lines(&mut lines, product, ProductIndex(index as u16), playbook);
    }
    lines.push(format!("hold_days {}", playbook.hold_days));
    lines.push(format!("grace_days {}", playbook.grace_days));
    let ladder = match playbook.ladder {
        Ladder::Cumulative => "cumulative",
        Ladder::Highest => "highest",
    };
    lines.push(format!("ladder {ladder}"));
    for stage in &playbook.account_stages {
        let texts = [("churn_risk", &stage.churn_risk), ("priority", &stage.priority), ("action", &stage.action)];
        let texts: String = texts.iter().filter_map(|(key, text)| text.as_ref().map(|text| format!(" {key} {}", literal(text)))).collect();
        lines.push(format!("account_stage {} from {}{texts}", literal(&stage.name), stage.from));
    }
    for measure in &playbook.measures {
        measure_lines(&mut lines, measure, playbook);
    }
    // Their order says nothing.
    let mut personas: Vec<_> = playbook.personas.iter().collect();
    personas.sort_by_key(|persona| &persona.id);
    for persona in personas {
        let [among, keeps] = [&persona.among, &persona.keeps].map(|condition| canonical_condition(condition, About::USER, playbook));
        lines.extend([format!("persona {}", literal(&persona.id)), format!("  among {among}"), format!("  keeps {keeps}")]);
    }
    integration_lines(&mut lines, playbook);
    playbook.workflows.iter().for_each(|workflow| workflow_line(&mut lines, workflow, playbook));
    playbook.synergies.iter().for_each(|synergy| synergy_lines(&mut lines, synergy, playbook));
    playbook.paths.iter().for_each(|path| path_line(&mut lines, path, playbook));
    playbook.segments.iter().for_each(|segment| segment_lines(&mut lines, segment, playbook));
    playbook.milestones.iter().for_each(|milestone| milestone_lines(&mut lines, milestone, playbook));
    playbook.guardrails.iter().for_each(|guardrail| guardrail_lines(&mut lines, guardrail, playbook));
    playbook.rules.iter().for_each(|rule| canonical_rule(&mut lines, rule, playbook));
    playbook.campaigns.iter().for_each(|campaign| campaign_lines(&mut lines, campaign, playbook));
    playbook.remedies.iter().for_each(|remedy| remedy_line(&mut lines, remedy));
    playbook.targets.iter().for_each(|target| target_line(&mut lines, target, playbook));
    view_line(&mut lines, playbook);
    playbook.worklists.iter().for_each(|worklist| worklist_lines(&mut lines, worklist, playbook));
    lines.push(String::new());
    lines.join("\n")
}

fn measure_lines(lines: &mut Vec<String>, measure: &Measure, playbook: &Playbook) {
    let [low, high] = measure.range;
    let range = if measure.range == Measure::RANGE { String::new() } else { format!(" range {low} to {high}") };
    let bands: String = measure.bands.iter().map(|band| format!(" band {} from {}", literal(&band.name), band.from)).collect();
    lines.push(format!("measure {} of {}{range}{bands}", literal(&measure.id), measure.of.name()));
    lines.push(format!("  value {}", canonical_operand(&measure.value, About { of: measure.of, product: None }, playbook)));
}

fn segment_lines(lines: &mut Vec<String>, segment: &Segment, playbook: &Playbook) {
    let Segment { id, when, for_days, clear_days, judge, benchmarks, .. } = segment;
    let benchmarks: String = benchmarks.iter().map(|(name, number)| format!(" benchmark {} {number}", literal(name))).collect();
    let pace = canonical_pace(*judge);
    lines.push(format!("segment {} for_days {for_days} clear_days {clear_days}{pace}{benchmarks}", literal(id)));
    lines.push(format!("  when {}", canonical_condition(when, About::ACCOUNT, playbook)));
}

fn milestone_lines(lines: &mut Vec<String>, milestone: &Milestone, playbook: &Playbook) {
    let Milestone { id, of, products, when, useful_if, judge, .. } = milestone;
    let about = About { of: *of, product: None };
    let products = products.as_ref().map(|products| format!(" products{}", product_names(products, playbook))).unwrap_or_default();
    lines.push(format!("milestone {} of {}{products}{}", literal(id), of.name(), canonical_pace(*judge)));
    lines.push(format!("  when {}", canonical_condition(when, about, playbook)));
    lines.extend(useful_if.as_ref().map(|useful| format!("  useful_if {}", canonical_condition(useful, about, playbook))));
}

pub(super) fn canonical_pace(judge: Option<Pace>) -> String {
    judge.map(|pace| format!(" judge {}", pace.name())).unwrap_or_default()
}

/// Each behind a blank.
pub(super) fn product_names(products: &[ProductIndex], playbook: &Playbook) -> String {
    products.iter().map(|product| format!(" {}", literal(&playbook.products[usize::from(product.0)].id))).collect()
}

/// As keys that the first playbooks did not have: nothing where there are none.
pub(super) fn aliased(aliases: &[String]) -> String {
    match aliases {
        [] => String::new(),
        aliases => format!(" aliases {}", aliases.iter().map(|alias| literal(alias)).collect::<Vec<_>>().join(" ")),
    }
}

/// A text as a CEL string literal.
pub(super) fn literal(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => write!(quoted, "\\u{:04x}", u32::from(c)).expect("writing to a string does not fail"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playbook::{Comparison, Metric};

    const HEAD: &str = "version: 1\ncalendars: {de: [{from: 2026-12-24, to: 2026-12-26}]}\nproducts:\n  crm: {features: {x: {tier: [core, advanced]}, y: }}\n  data.hub: {features: {x: }}\n";

    /// A metric of the subject, as a condition has it.
    fn metric(written: &str) -> Metric {
        let playbook = load(&format!("{HEAD}alerts: {{r: {{scope: product, open: {written} > 1}}}}\n"));
        match &playbook.rules[0].open {
            Condition::Compare(Comparison { left: Operand::Metric(reference), .. }) => reference.metric.clone(),
            other => panic!("expected a comparison of a metric, found {other:?}"),
        }
    }

    fn load(text: &str) -> Playbook {
        Playbook::load("p.yaml", text).expect("the playbook of a test is valid")
    }

    /// The condition, as a product rule's, in its canonical form.
    fn canonical(condition: &str) -> (String, Condition) {
        let playbook = load(&format!("{HEAD}alerts:\n  r:\n    scope: product\n    open: |\n      {condition}\n"));
        (canonical_condition(&playbook.rules[0].open, About::EACH_PRODUCT, &playbook), playbook.rules[0].open.clone())
    }

    #[test]
    fn a_condition_has_one_spelling_which_means_the_same() {
        for (written, expected) in [
            ("events('x')>=25", "events(\"x\", 30) >= 25"),
            ("events(7) > 1.50", "events(7) > 1.5"),
            ("active_users() > 1e3", "active_users(30) > 1000"),
            ("features_used(\"advanced\") > 0 || features_used > 0", "features_used(\"advanced\", 30) > 0 || features_used(30) > 0"),
            ("usage_change(14) <= -0.30", "usage_change(14) <= -0.3"),
            ("active_weeks(4) == 4 && workflow_runs > 0", "active_weeks(4) == 4 && workflow_runs(30) > 0"),
            ("workflow_runs(\"a\\\"b\\n\") > 0", "workflow_runs(\"a\\\"b\\n\", 30) > 0"),
            ("gauge('\\u0007é') > 0 && users_of(\"x\", 7) > 0", "gauge(\"\\u0007é\", 30) > 0 && users_of(\"x\", 7) > 0"),
            ("seats > 1 && products_active > 1", "seats > 1 && products_active > 1"),
            ("data.hub.events(7) > crm.seats", "data.hub.events(7) > crm.seats"),
            ("(entitled && (seats > 1 && true)) && false", "entitled && seats > 1 && true && false"),
            ("(entitled || seats > 1) && !(entitled && true)", "(entitled || seats > 1) && !(entitled && true)"),
            ("(entitled && true) || (false || entitled)", "entitled && true || false || entitled"),
            ("!(!(seats > 1)) && !entitled && !!true", "seats > 1 && !entitled && true"),
            ("(seats + 1) + 2 > seats - (1 - 2)", "seats + 1 + 2 > seats - (1 - 2)"),
            ("(seats + 1) * 2 > seats + (1 * 2) / (3 / 4)", "(seats + 1) * 2 > seats + 1 * 2 / (3 / 4)"),
            ("-seats < -(seats + 1) - -0.5", "-seats < -(seats + 1) - -0.5"),
            ("-(-seats) < -(-5)", "-(-seats) < 5"),
            ("industry in ['a',\"b\"] && seats in [1.0, -2]", "industry in [\"a\", \"b\"] && seats in [1, -2]"),
            ("complete.events>1&&crm.complete.events('x')>1", "complete.events(30) > 1 && crm.complete.events(\"x\", 30) > 1"),
            ("holiday('de') || holiday(\"de\", 7) == true", "holiday(\"de\", 30) || holiday(\"de\", 7) == true"),
            ("entitled == true && owner != \"\"", "entitled == true && owner != \"\""),
        ] {
            let (spelled, condition) = canonical(written);
            assert_eq!(spelled, expected, "{written}");
            assert_eq!(canonical(&spelled), (spelled, condition), "{written}");
        }
    }

    #[test]
    fn what_is_written_in_functions_and_of_others_has_one_spelling_too() {
        const MORE: &str = "measures:\n  of_crm: {of: product, value: events}\n  of_all: {of: account, value: products.mean(of_crm)}\n  \
                            of_one: {of: user, value: 1 + 2}\n";
        for (scope, written, expected) in [
            ("product", "max(seats,min( 1,events(7) ))>0", "max(seats, min(1, events(7))) > 0"),
            ("product", "mean(seats)+weighted(seats,2.50,1,1e1)>0", "mean(seats) + weighted(seats, 2.5, 1, 10) > 0"),
            ("product", "or(seats,0)>1&&or(entitled,false)", "or(seats, 0) > 1 && or(entitled, false)"),
            ("product", "!known(seats)||known(entitled&&seats>1)", "!known(seats) || known(entitled && seats > 1)"),
            ("product", "(entitled?seats:0)>1", "(entitled ? seats : 0) > 1"),
            ("product", "entitled?seats>1:!(seats>1||entitled)", "entitled ? seats > 1 : !(seats > 1 || entitled)"),
            ("product", "(entitled?seats:0)*2>-(entitled?1:2)", "(entitled ? seats : 0) * 2 > -(entitled ? 1 : 2)"),
            ("product", "((entitled?true:false)?seats:0)>1", "((entitled ? true : false) ? seats : 0) > 1"),
            ("product", "account.of_all>of_all&&crm.of_crm>of_crm", "of_all > of_all && crm.of_crm > of_crm"),
            ("product", "account.employees>1", "employees > 1"),
            ("account", "primary.of_crm>primary.events(7)", "primary.of_crm > primary.events(7)"),
            (
                "account",
                "products.count(entitled)>products.sum(seats,of_crm>1)",
                "products.count(entitled) > products.sum(seats, of_crm > 1)",
            ),
            ("account", "users.mean(of_one)>0||crm.of_crm>of_all", "users.mean(of_one) > 0 || crm.of_crm > of_all"),
            ("user", "of_one>account.of_all", "of_one > account.of_all"),
        ] {
            let open = |condition: &str| {
                let playbook = load(&format!("{HEAD}{MORE}alerts:\n  r:\n    scope: {scope}\n    open: |\n      {condition}\n"));
                let about = About { of: playbook.rules[0].scope.of(), product: None };
                (canonical_condition(&playbook.rules[0].open, about, &playbook), playbook.rules[0].open.clone())
            };
            let (spelled, condition) = open(written);
            assert_eq!(spelled, expected, "{written}");
            assert_eq!(open(&spelled), (spelled, condition), "{written}");
        }
    }

    #[test]
    fn a_product_is_named_unless_it_is_the_subject() {
        let playbook = load(HEAD);
        let (crm, hub) = (playbook.product("crm"), playbook.product("data.hub"));
        for (product, subject, expected) in [
            (crm, crm, "active_days(7)"),
            (crm, hub, "crm.active_days(7)"),
            (crm, None, "crm.active_days(7)"),
            (hub, None, "data.hub.active_days(7)"),
            (None, crm, "active_days(7)"),
        ] {
            let reference = MetricRef { product, metric: metric("active_days(7)") };
            let about = subject.map_or(About::EACH_PRODUCT, About::product);
            assert_eq!(canonical_metric(&reference, about, &playbook), expected);
        }
    }

    #[test]
    fn the_canonical_form_of_a_playbook() {
        let text = format!(
            "{HEAD}account_stages: [{{name: none, from: 0}}, {{name: \"so\\nme\", from: 1, action: go}}]\n\
             alerts: {{r: {{scope: product, open: crm.events > 1}}}}\n\
             plays: {{p: {{scope: account, open: \"!crm.entitled\", due_days: 3}}}}\n"
        );
        let stages = [
            "  activated active_days(30) >= 1",
            "  adopted active_days(7) >= 1",
            "  proficient features_used(\"advanced\", 30) >= 1",
            "  integrated integrations >= 1 || workflow_runs(30) >= 1",
        ];
        let expected = [
            &["version 1", "time_zone \"UTC\"", "window_days 30", "min_volume 20"] as &[&str],
            &["calendar \"de\" 2026-12-24 to 2026-12-26"],
            &["product \"crm\" name \"crm\"", "  feature \"x\" tiers core advanced", "  feature \"y\" tiers"],
            &stages,
            &["product \"data.hub\" name \"data.hub\"", "  feature \"x\" tiers"],
            &stages,
            &[
                "hold_days 7",
                "grace_days 0",
                "ladder cumulative",
                "account_stage \"none\" from 0",
                "account_stage \"so\\nme\" from 1 action \"go\"",
            ],
            &["alert \"r\" scope product severity \"warning\" for_days 0 cooldown_days 0"],
            &["  open crm.events(30) > 1", "  clear !(crm.events(30) > 1)"],
            &["play \"p\" scope account severity \"info\" for_days 0 cooldown_days 0 due_days 3"],
            &["  open !crm.entitled", "  clear crm.entitled"],
        ];
        assert_eq!(canonical_playbook(&load(&text)).lines().collect::<Vec<_>>(), expected.concat());
    }

    /// Every key that the first playbooks did not have, each as it stands in the canonical form.
    const WHOLE: &str = "\
version: 1
products:
  crm:
    name: Core CRM
    price: {per_seat: 600.0, currency: EUR}
    problem: Deals are forgotten
    fit: employees >= 10
    features:
      x: {name: X, tier: core, value: {amount: 0.50, hours: 2}, impact: high, effort: low, recommendation: Try it, effective: {days: 6, of: 14}}
  hub: {price: {flat: 9000, currency: EUR}}
  web:
integrations: [{from: hub, to: crm}, {from: crm, to: hub}]
workflows: {lead/deal: {products: [hub, crm], label: high}, plain: {products: [web]}}
synergies: {leads: {products: [crm, hub], by: crm.workflow_runs >= 4, value: 24000, effort: medium}}
paths: {first: {products: [crm, hub], retention: 0.850}, second: {products: [crm]}}
measures:
  score: {of: product, value: 100 * events, bands: [{name: poor, from: 0}, {name: good, from: 70.0}]}
  all: {of: account, value: products.mean(score), range: [-1, 1]}
  more: {of: account, value: all + 1}
personas: {reps: {among: account.all > 1, keeps: \"true\"}}
segments: {big: {when: employees > 9, for_days: 1, judge: live, benchmarks: {b: 2, a: 1.50}}}
milestones:
  half: {of: product, products: [hub, crm], when: events > 1, useful_if: employees > 5}
guardrails: {close: {holds_back: days_to_renewal <= 45, reason: Renew first}, unfit: {of: product, holds_back: seats == 0}}
plays: {p: {scope: product, open: seats > 1, absent: true, guards: [unfit, close], tokens: {b: seats, a: {text: T}}}}
campaigns:
  welcome: {open: account.all > 1, goal: account.employees > 1, goal_days: 7, tokens: {n: account.employees}, judge: daily}
  progress: {open: \"true\"}
reasons: {growing: {plan: [Wait]}, no_seats: {plan: [Ask, Assign]}}
targets:
  rate: {figure: multi_product_rate, at_least: 0.60}
  big: {figure: segment('big'), at_most: 3}
  poor: {figure: 'band(\"score\", \"poor\")', at_most: 1}
view: {score: score, account_score: all, health: more, elements: [more, all]}
worklists:
  late: {rows: accounts, filter: '!known(owner) || arr > 1.0', order_by: 'arr desc,name'}
  people: {rows: users}
";

    #[test]
    fn the_canonical_form_of_what_the_first_playbooks_did_not_have() {
        let expected = [
            "  feature \"x\" tiers core name \"X\" amount 0.5 hours 2 impact high effort low recommendation \"Try it\" effective 6 of 14",
            "  fit employees >= 10",
            "  price per_seat 600 \"EUR\"",
            "  problem \"Deals are forgotten\"",
            "  price flat 9000 \"EUR\"",
            "measure \"score\" of product band \"poor\" from 0 band \"good\" from 70",
            "  value 100 * events(30)",
            "measure \"all\" of account range -1 to 1",
            "  value products.mean(score)",
            "measure \"more\" of account",
            "  value all + 1",
            "persona \"reps\"",
            "  among account.all > 1",
            "  keeps true",
            "integration \"crm\" \"hub\"",
            "integration \"hub\" \"crm\"",
            "workflow \"lead/deal\" products \"hub\" \"crm\" label \"high\"",
            "workflow \"plain\" products \"web\"",
            "synergy \"leads\" products \"crm\" \"hub\" value 24000 effort medium",
            "  by crm.workflow_runs(30) >= 4",
            "path \"first\" products \"crm\" \"hub\" retention 0.85",
            "path \"second\" products \"crm\"",
            "segment \"big\" for_days 1 clear_days 0 judge live benchmark \"a\" 1.5 benchmark \"b\" 2",
            "  when employees > 9",
            "milestone \"half\" of product products \"crm\" \"hub\"",
            "  when events(30) > 1",
            "  useful_if employees > 5",
            "guardrail \"close\" of account reason \"Renew first\"",
            "  holds_back days_to_renewal <= 45",
            "guardrail \"unfit\" of product",
            "  holds_back seats == 0",
            "play \"p\" scope product severity \"info\" for_days 0 cooldown_days 0 absent true",
            "  open seats > 1",
            "  clear !(seats > 1)",
            "  token \"a\" text \"T\"",
            "  token \"b\" is seats",
            "  guard \"unfit\"",
            "  guard \"close\"",
            "campaign \"welcome\" goal_days 7 cooldown_days 90 judge daily",
            "  open account.all > 1",
            "  goal account.employees > 1",
            "  token \"n\" is account.employees",
            "campaign \"progress\" cooldown_days 90",
            "  open true",
            "reason no_seats plan \"Ask\" \"Assign\"",
            "reason growing plan \"Wait\"",
            "target \"rate\" figure multi_product_rate at_least 0.6",
            "target \"big\" figure segment(\"big\") at_most 3",
            "target \"poor\" figure band(\"score\", \"poor\") at_most 1",
            "view score \"score\" account_score \"all\" health \"more\" element \"more\" element \"all\"",
            "worklist \"late\" rows accounts order_by arr desc name asc",
            "  filter !known(owner) || arr > 1",
            "worklist \"people\" rows users order_by",
        ];
        let form = canonical_playbook(&load(WHOLE));
        let known = canonical_playbook(&load("version: 1\nproducts: {crm: {name: Core CRM}, hub: , web: }\n"));
        let new: Vec<&str> = form.lines().filter(|line| !known.lines().any(|known| known == *line)).collect();
        assert_eq!(new, expected);
    }

    #[test]
    fn only_a_change_of_meaning_of_what_is_new_changes_the_digest() {
        for (from, to) in [
            ("{per_seat: 600.0", "{flat: 600.0"),
            ("600.0", "600.1"),
            ("600.0, currency: EUR", "600.0, currency: USD"),
            ("Deals are", "Deals were"),
            ("{name: X,", "{name: Y,"),
            ("amount: 0.50", "amount: 0.51"),
            ("hours: 2", "hours: 3"),
            ("impact: high", "impact: low"),
            ("effort: low", "effort: high"),
            ("Try it", "Try"),
            ("days: 6", "days: 5"),
            ("of: 14", "of: 15"),
            ("[{from: hub, to: crm}, ", "["),
            ("products: [hub, crm], label", "products: [crm, hub], label"),
            ("label: high", "label: low"),
            ("value: 24000", "value: 24001"),
            ("effort: medium", "effort: low"),
            ("retention: 0.850", "retention: 0.851"),
            ("first: {products: [crm, hub]", "first: {products: [hub, crm]"),
            ("from: 70.0", "from: 71"),
            ("range: [-1, 1]", "range: [-1, 2]"),
            ("for_days: 1", "for_days: 2"),
            ("judge: live", "judge: daily"),
            ("benchmarks: {b: 2", "benchmarks: {b: 3"),
            ("products: [hub, crm], when", "products: [hub], when"),
            ("Renew first", "Renew"),
            ("absent: true", "absent: false"),
            ("guards: [unfit, close]", "guards: [close, unfit]"),
            ("{text: T}", "{text: U}"),
            ("goal_days: 7", "goal_days: 8"),
            ("tokens: {n:", "tokens: {m:"),
            ("progress: {open: \"true\"}", "progress: {open: \"true\", cooldown_days: 91}"),
            ("[Ask, Assign]", "[Assign, Ask]"),
            ("at_least: 0.60", "at_most: 0.60"),
            ("segment('big')", "weekly"),
            ("at_most: 3", "at_most: 4"),
            ("elements: [more, all]", "elements: [all, more]"),
            ("health: more, ", ""),
            ("rows: users", "rows: accounts"),
            ("arr desc,name", "arr,name"),
            ("arr > 1.0", "arr > 2"),
        ] {
            assert!(WHOLE.contains(from), "{from}");
            assert_ne!(load(WHOLE).digest, load(&WHOLE.replacen(from, to, 1)).digest, "{from} → {to}");
        }
        for (from, to) in [
            ("[{from: hub, to: crm}, {from: crm, to: hub}]", "[{from: crm, to: hub}, {from: hub, to: crm}]"),
            ("tokens: {b: seats, a: {text: T}}", "tokens: {a: {text: T}, b: seats}"),
            ("benchmarks: {b: 2, a: 1.50}", "benchmarks: {a: 1.5, b: 2}"),
            (
                "reasons: {growing: {plan: [Wait]}, no_seats: {plan: [Ask, Assign]}}",
                "reasons: {no_seats: {plan: [Ask, Assign]}, growing: {plan: [Wait]}}",
            ),
            ("products: [hub, crm], when", "products: [crm, hub], when"),
            ("{holds_back: days_to_renewal", "{of: account, holds_back: days_to_renewal"),
            ("progress: {open: \"true\"}", "progress: {open: \"true\", cooldown_days: 90, goal_days: 3, tokens: {}}"),
            ("order_by: 'arr desc,name'", "order_by: 'arr  desc , name asc'"),
            ("figure: segment('big')", "figure: segment(\"big\")"),
            ("plain: {products: [web]}}", "\"plain\": {products: [web]}}"),
        ] {
            assert!(WHOLE.contains(from), "{from}");
            assert_eq!(load(WHOLE).digest, load(&WHOLE.replacen(from, to, 1)).digest, "{from} → {to}");
        }
    }

    #[test]
    fn only_a_change_of_meaning_changes_the_digest() {
        const SHORT: &str = "version: 1\nproducts: {a: {features: {x: {tier: [core, main]}}, adopted: events > 1}, b: }\n\
                             alerts: {r: {scope: product, open: seats > 1}}\n";
        // With every default spelled out, in another order.
        const LONG: &str = "
# A comment.
alerts:
  r: {open: 'seats > 1.0', scope: product, clear: '!(seats > 1)', severity: warning, for_days: 0, cooldown_days: 0, clear_days: 0}
plays:
campaigns:
guardrails: {}
measures:
personas:
segments: {}
milestones:
workflows:
synergies:
paths: {}
reasons:
targets:
view: {}
worklists:
products:
  a:
    name: a
    adopted: (a.events(30) > 1)
    features: {x: {name: x, tier: [main, core], value: {amount: 0, hours: 0.0}, effective: {days: 2, of: 30}}}
    proficient: features_used(\"advanced\") >= 1
  b: {}
stages:
  hold_days: 7
  grace_days: 0
  ladder: cumulative
  activated: active_days >= 1
  regular_use: active_days(7) >= 1
  integrated: integrations >= 1 || workflow_runs() >= 1
account_stages:
  - {name: not_adopted, from: 0}
  - {from: 1, name: single_product}
  - {name: multi_product, from: 2}
  - {name: platform, from: 3}
  - {name: full_platform, from: 5}
window_days: 30
min_volume: 20
min_active_days: 5
settle_days: 0
calendars: {}
time_zone: utc
version: 1
";
        assert_eq!(canonical_playbook(&load(SHORT)), canonical_playbook(&load(LONG)));
        assert_eq!(load(SHORT).digest, load(LONG).digest);
        // By another one every account would be judged anew.
        assert_eq!(load(SHORT).digest, "sha256:6f682d182d7a23539a0cc5354fcfa0d82dee83dae84acd1f9f3bf53a0c62c2e8");
        for (from, to) in [
            ("tier: [core, main]", "tier: [core]"),
            ("events > 1", "events >= 1"),
            ("events > 1", "events(31) > 1"),
            ("seats > 1", "seats > 1.1"),
            ("{a: {features", "{c: {features"),
            ("b: }", "b: {name: B}}"),
            ("scope: product", "scope: product, severity: info"),
            ("scope: product", "scope: product, clear: seats < 1"),
            ("scope: product", "scope: product, clear_days: 1"),
            ("alerts", "plays"),
            ("version: 1", "version: 1\nwindow_days: 31"),
            ("version: 1", "version: 1\nmin_volume: 21"),
            ("version: 1", "version: 1\nmin_active_days: 4"),
            ("version: 1", "version: 1\nsettle_days: 1"),
            ("version: 1", "version: 1\ncalendars: {de: []}"),
            ("version: 1", "version: 1\ncalendars: {de: [{from: 2026-12-24, to: 2026-12-24}]}"),
            ("b: }", "b: {settle_days: 1}}"),
            ("b: }", "b: {aliases: [c]}}"),
            ("tier: [core, main]}", "tier: [core, main], aliases: [c]}"),
            ("b: }", "b: {regular_use: seats > 1}}"),
            ("version: 1", "version: 1\ntime_zone: Europe/Berlin"),
            ("version: 1", "version: 1\nstages: {hold_days: 8}"),
            ("version: 1", "version: 1\nstages: {grace_days: 1}"),
            ("version: 1", "version: 1\nstages: {ladder: highest}"),
            ("version: 1", "version: 1\naccount_stages: [{name: all, from: 0}]"),
        ] {
            assert!(SHORT.contains(from), "{from}");
            assert_ne!(load(SHORT).digest, load(&SHORT.replacen(from, to, 1)).digest, "{from} → {to}");
        }
        // Equal days and an equal settling of each product, said in another way.
        for (one, other) in [
            (
                "calendars: {b: [], a: [{from: 2026-12-26, to: 2026-12-28}, {from: 2026-12-24, to: 2026-12-25}]}",
                "calendars: {a: [{from: 2026-12-24, to: 2026-12-28}], b: []}",
            ),
            ("settle_days: 2", "products: {a: {settle_days: 2}}"),
            ("products: {a: {aliases: [b, c]}}", "products: {a: {aliases: [c, b]}}"),
            ("products: {a: }", "products: {a: {aliases: []}}"),
        ] {
            let [one, other] = [one, other].map(|more| match more.strip_prefix("products") {
                Some(products) => format!("version: 1\nproducts{products}\n"),
                None => format!("version: 1\n{more}\nproducts: {{a: }}\n"),
            });
            assert_eq!(load(&one).digest, load(&other).digest, "{one}{other}");
        }
    }
}
