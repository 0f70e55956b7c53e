use super::*;
use crate::partition::Partitioner;

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

/// Metrics of which every series has been touched: one without series is not rendered.
fn rendered() -> String {
    let metrics = Metrics::new("sha256:0123");
    metrics.events.with_label_values(&["usage"]).inc_by(3);
    metrics.dead_letters.with_label_values(&["key_mismatch"]).inc();
    metrics.bounds_hit.with_label_values(&["record_bytes"]).inc();
    metrics.outputs.with_label_values(&["adoption.alert.opened"]).inc();
    metrics.stage_transitions.with_label_values(&["activated", "adopted"]).inc();
    metrics.band_changes.with_label_values(&["depth", "none", "poor"]).inc();
    metrics.segment_changes.with_label_values(&["smb", "entered"]).inc();
    metrics.milestones.with_label_values(&["first_value"]).inc();
    metrics.incidents.with_label_values(&["usage_drop", "opened"]).inc();
    metrics.play_outcomes.with_label_values(&["second_product", "better", "false"]).inc();
    metrics.campaigns.with_label_values(&["welcome", "triggered"]).inc();
    metrics.rebalances.with_label_values(&["assign"]).inc();
    metrics.transaction_aborts.with_label_values(&["fenced"]).inc();
    metrics.set_lag("adoption.inputs.v1", 3, 17);
    metrics.set_clock(3, 1_000_000);
    metrics.set_restore_remaining(3, 5);
    metrics.set_redo_remaining(3, 6);
    metrics.set_open_transaction("adoption.changelog.v1", 3, 2, Duration::from_millis(1_500));
    metrics.set_placed(&Placed { by_partitioner: vec![(Partitioner::Crc32, 7)], unexplained: 1, disagree: true, split: 2 });
    metrics.set_state(3, 10, 200, 4096);
    metrics.commit_duration.observe(0.007);
    metrics.commit_steps.with_label_values(&["flush"]).inc_by(0.004);
    metrics.end_to_end_latency.observe(0.12);
    metrics.api_answered("/v1/me", 200, Duration::from_millis(3));
    metrics.deliver_delivered.with_label_values(&["crm"]).inc();
    metrics.deliver_failed_attempts.with_label_values(&["crm", "timeout"]).inc();
    metrics.deliver_undelivered.with_label_values(&["crm", "status"]).inc();
    metrics.deliver_lag.with_label_values(&["crm"]).set(4);
    metrics.deliver_oldest.with_label_values(&["crm"]).set(1.5);
    metrics.ingest_records.with_label_values(&["segment"]).inc();
    metrics.ingest_events.with_label_values(&["segment", "usage"]).inc();
    metrics.ingest_left_out.with_label_values(&["segment", "unmapped"]).inc();
    metrics.ingest_dead_letters.with_label_values(&["segment", "bad_json"]).inc();
    metrics.set_ingest_lag("segment", 3, 8);
    let health = Health::new(1);
    health.set_assigned(0, &[0, 1, 2, 3]);
    metrics.render(&health, 1_090_500)
}

#[test]
fn every_metric_is_in_the_table_and_rendered() {
    let text = rendered();
    let kind = |spec: &MetricSpec| match spec.kind {
        MetricKind::Counter => "counter",
        MetricKind::Gauge => "gauge",
        MetricKind::Histogram(_) => "histogram",
    };
    let expected: BTreeSet<String> = TABLE.iter().map(|spec| format!("{} {}", spec.name, kind(spec))).collect();
    let found: BTreeSet<String> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).map(str::to_owned).collect();
    assert_eq!(found, expected);
    assert_eq!(expected.len(), TABLE.len(), "a name is in the table twice");
}

#[test]
fn series_have_the_labels_and_values_set() {
    let text = rendered();
    for line in [
        "adoption_events_total{type=\"usage\"} 3",
        "adoption_lag_records{partition=\"3\",topic=\"adoption.inputs.v1\"} 17",
        "adoption_clock_age_seconds{partition=\"3\"} 90.5",
        "adoption_assigned_partitions 4",
        "adoption_open_transaction_age_seconds{partition=\"3\",topic=\"adoption.changelog.v1\"} 1.5",
        "adoption_account_partitioners{partitioner=\"crc32\"} 7",
        "adoption_account_partitioners{partitioner=\"unexplained\"} 1",
        "adoption_partitioners_disagree 1",
        "adoption_split_accounts 2",
        "adoption_users{partition=\"3\"} 200",
    ] {
        assert!(text.lines().any(|found| found == line), "{line:?} should be in:\n{text}");
    }
    let build_info = format!("adoption_build_info{{playbook=\"sha256:0123\",version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"));
    assert!(text.contains(&build_info), "{text}");
}

#[test]
fn a_partition_that_is_gone_leaves_no_series() {
    let metrics = Metrics::new("");
    let topics = ["a".to_owned(), "b".to_owned()];
    for topic in &topics {
        metrics.set_lag(topic, 3, 17);
    }
    metrics.set_clock(3, 0);
    metrics.set_restore_remaining(3, 0);
    metrics.set_redo_remaining(3, 0);
    metrics.set_open_transaction("a", 3, 0, Duration::ZERO);
    metrics.set_state(3, 1, 1, 1);
    let health = Health::new(1);
    let before = metrics.render(&health, 0).matches("partition=\"3\"").count();
    assert_eq!(before, 10);
    metrics.forget_partition(3, &topics);
    assert!(!metrics.render(&health, 0).contains("partition=\"3\""));
}

#[test]
fn promtool_finds_nothing_to_say() {
    let promtool =
        Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut promtool) = promtool else {
        // The rules' test (tests/prometheus_rules.rs) insists on promtool; this one only adds to it.
        eprintln!("promtool is not installed (Debian package `prometheus`): not checked");
        return;
    };
    promtool.stdin.take().expect("it is piped").write_all(rendered().as_bytes()).expect("promtool reads it");
    let output = promtool.wait_with_output().expect("promtool ends");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.trim().is_empty(), "{said}");
}
