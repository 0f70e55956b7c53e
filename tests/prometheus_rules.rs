//! The alert rules: right for promtool, about metrics that there are, each with a runbook and a test of its own.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use adoption_tracker::ops::metrics::{MetricKind, TABLE};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("deploy/prometheus").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn promtool(arguments: &[&str], name: &str) {
    let output = Command::new("promtool")
        .args(arguments)
        .arg(file(name))
        .output()
        .unwrap_or_else(|error| panic!("promtool: {error}. Install it (Debian: apt-get install --no-install-recommends prometheus)"));
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "promtool {}:\n{said}", arguments.join(" "));
}

/// The names of all alerts, in the file's order.
fn alerts(rules: &str) -> Vec<&str> {
    rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect()
}

#[test]
fn promtool_accepts_the_rules() {
    promtool(&["check", "rules"], "alerts.yml");
}

#[test]
fn promtool_passes_the_tests_of_the_rules() {
    promtool(&["test", "rules"], "alerts_test.yml");
}

#[test]
fn every_alert_has_a_runbook_and_fires_in_a_test() {
    let rules = read("alerts.yml");
    let tests = read("alerts_test.yml");
    let alerts = alerts(&rules);
    assert!(!alerts.is_empty(), "no alerts found");
    for annotation in ["summary:", "description:", "runbook:"] {
        let count = rules.lines().filter(|line| line.trim().starts_with(annotation)).count();
        assert_eq!(count, alerts.len(), "every alert has a {annotation}");
    }
    for alert in alerts {
        let fires = format!("labels: 'ALERTS{{alertname=\"{alert}\",alertstate=\"firing\"");
        assert!(tests.contains(&fires), "{alert} fires in no test of alerts_test.yml");
    }
}

#[test]
fn rules_and_their_tests_are_about_metrics_that_there_are() {
    let mut known: BTreeSet<String> = TABLE.iter().map(|spec| spec.name.to_owned()).collect();
    for spec in TABLE.iter().filter(|spec| matches!(spec.kind, MetricKind::Histogram(_))) {
        known.extend(["_bucket", "_sum", "_count"].map(|suffix| format!("{}{suffix}", spec.name)));
    }
    for name in ["alerts.yml", "alerts_test.yml"] {
        let text = read(name);
        let words = text.split(|character: char| !(character.is_ascii_alphanumeric() || character == '_'));
        let used: BTreeSet<&str> = words.filter(|word| word.starts_with("adoption_") || word.starts_with("process_")).collect();
        assert!(!used.is_empty(), "{name} names no metric");
        for metric in used {
            assert!(known.contains(metric), "{name}: {metric} is not in ops::metrics::TABLE");
        }
    }
}
