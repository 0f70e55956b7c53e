//! Playbooks of the whole language, with more of what only people see: what features are worth, reasons, plays of each kind, and what is shown.

use super::Rng;
use super::whole::whole_playbook;

const LEVELS: &[&str] = &["high", "medium", "low"];
const FITS: &[&str] = &[
    "has_any(use_cases, [\"sales\", \"service\"])",
    "has_any(use_cases, [\"marketing\", \"sales\"]) || employees >= 50",
    "known(employees) && !churned",
    "users_known >= 1 && (employees > 100 || has_any(account.use_cases, [\"analytics\", \"sales\"]) || !(events >= 40))",
    "observed_days >= 0 || days_to_renewal > 30 || known(owner)",
];
const MEASURES: &str = r"  shown_weighted:
    of: account
    value: 'weighted(users_known, 2, products_entitled / 3, 1.5, mrr, 3, min(1, events(7) / 5), 1)'
    bands: [{name: low, from: 0}, {name: middle, from: 1}, {name: high, from: 4.5}]
  shown_mean: {of: account, value: 'mean(100 * breadth, integration_score, products.mean(shown_product), 7)'}
  shown_least: {of: account, value: 'min(active_users, active_days(7), 3)'}
  shown_plain: {of: account, value: '100 * login_rate'}
  shown_product:
    of: product
    value: 'weighted(criteria_progress, 40, min(1, license_utilization / 0.8), 25.5, feature_share, 20)'
    bands: [{name: poor, from: 0}, {name: fair, from: 0.4}, {name: good, from: 0.7}]
  shown_most: {of: product, value: 'max(account.users_known, active_users, 0.5)'}
";

/// Guardrails of a playbook: those of the account, and all.
fn guardrails(whole: &str) -> (Vec<String>, Vec<String>) {
    let lines: Vec<&str> = whole.lines().skip_while(|line| *line != "guardrails:").collect();
    let named = |line: &&str| line.starts_with("  guard_");
    let id = |line: &str| line.trim().trim_end_matches(':').to_owned();
    let all = lines.iter().filter(|line| named(line)).map(|line| id(line)).collect();
    let pairs = lines.windows(2).filter(|pair| named(&pair[0]) && pair[1].ends_with("of: account"));
    (pairs.map(|pair| id(pair[0])).collect(), all)
}

/// A feature's line, with what it is worth to the account.
fn feature(rng: &mut Rng, line: &str) -> String {
    let plain = line.replace(", impact: high, effort: low, recommendation: Show it", "");
    let mut out = plain.strip_suffix('}').expect("a mapping").to_owned();
    if rng.percent(75) {
        out += &format!(", impact: {}", rng.pick(LEVELS));
    }
    if rng.percent(75) {
        out += &format!(", effort: {}", rng.pick(LEVELS));
    }
    if rng.percent(60) {
        out += &format!(", recommendation: Show it {}", rng.range(1, 9));
    }
    if rng.percent(30) {
        out += ", name: 'Some feature'";
    }
    out + "}"
}

fn plays(rng: &mut Rng, (of_account, all): &(Vec<String>, Vec<String>)) -> String {
    let mut out = String::new();
    for (id, head, guards) in [
        ("activate_product", "scope: product, open: 'stage == \"entitled\"'", all),
        ("deepen_product", "scope: product, open: 'stage == \"adopted\" && unused_features >= 1'", all),
        ("connect_products", "scope: account, open: 'synergies_untapped >= 1'", of_account),
        ("cross_sell", "scope: product, absent: true, open: 'account.products_adopted >= 1'", all),
    ] {
        if rng.percent(15) {
            continue;
        }
        let mut guards = guards.clone();
        rng.shuffle(&mut guards);
        guards.truncate(rng.range(0, 2) as usize);
        let tasks =
            if rng.percent(70) { ", tasks: [{id: one, title: Do this}, {id: two, title: Do that, assignee: success_role}]" } else { "" };
        let outcomes = [
            "",
            ", outcome: {metric: active_users, days: [7, 14], better: up, by: 2.50}",
            ", outcome: {metric: 'events(7) / 3', days: [30], better: down, by: 0.05}",
        ];
        let tasks = format!("{tasks}{}", rng.pick(&outcomes));
        out += &format!("  {id}: {{{head}, guards: [{}], due_days: {}{tasks}}}\n", guards.join(", "), rng.range(0, 20));
    }
    out
}

fn reasons(rng: &mut Rng) -> String {
    let mut out = String::from("reasons:\n  growing: {plan: [Leave them be]}\n");
    for reason in ["stalled", "no_seats", "never_used", "addon_unknown", "tried_once", "champion_left"] {
        if rng.percent(70) {
            out += &format!("  {reason}: {{plan: [Ask why it is {reason}, Help]}}\n");
        }
    }
    out
}

fn shown(rng: &mut Rng) -> String {
    let mut out = format!(
        "view:\n  elements: [{}]\n",
        rng.pick(&["", "shown_plain", "shown_least, shown_mean", "shown_mean, shown_weighted, shown_least"])
    );
    for (key, measures) in [
        ("score", ["shown_product", "shown_most"]),
        ("account_score", ["shown_weighted", "shown_mean"]),
        ("health", ["shown_plain", "shown_weighted"]),
    ] {
        if rng.percent(80) {
            out += &format!("  {key}: {}\n", rng.pick(&measures));
        }
    }
    out
}

/// Fits `whole_lines` of the same seed.
pub fn view_playbook(seed: u64) -> String {
    let whole = whole_playbook(seed);
    let (mut rng, guards) = (Rng::new(seed ^ 0x5EE4), guardrails(&whole));
    let mut out = String::new();
    for line in whole.lines() {
        match line {
            _ if line.starts_with("      ") && line.contains(": {") && line.contains("tier: ") => out += &feature(&mut rng, line),
            _ if line.starts_with("    fit: ") && rng.percent(70) => out += &format!("    fit: '{}'", rng.pick(FITS)),
            _ if line.contains(", label: high") => {
                let label: &&str = rng.pick(&["", ", label: medium", ", label: high"]);
                out += &line.replace(", label: high", label);
            }
            _ if line.starts_with("  synergy_") => {
                let worth = ["", ", value: 1000", ", effort: high", ", value: 250.5, effort: low", ", value: 1000, effort: medium"];
                let worth: &&str = rng.pick(&worth);
                out += &line.replace(", value: 1000, effort: low", worth);
            }
            "guardrails:" => out += &format!("{}guardrails:", plays(&mut rng, &guards)),
            _ => out += line,
        }
        out.push('\n');
        if line == "measures:" {
            out += MEASURES;
        }
    }
    out + &reasons(&mut rng) + &shown(&mut rng)
}
