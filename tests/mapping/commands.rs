//! `map`, and `--source` of `replay` and `check`, against the binary.

use std::path::Path;

use crate::binary::run;

fn sample(name: &str) -> String {
    format!("tests/samples/{name}")
}

#[test]
fn native_lines_come_out_and_the_rest_is_told() {
    let (track, identify) = (sample("segment-python-track.json"), sample("segment-python-identify.json"));
    let ran =
        run(&["map", "--source", "segment", &track, &identify, "-"], b"{\"type\":\"screen\",\"name\":\"Home\"}\n{\"type\":\"alias\"}\n");
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let line = r#"{"type":"usage","id":"fd8aa3cf-d200-4798-91ca-5eb54efc48c5","time":"2026-10-03T10:15:30.123+00:00","account":"acme","product":"crm","user":"ann","feature":"Contact Created","quantity":3}"#;
    assert_eq!(ran.stdout, format!("{line}\n"));
    assert_eq!(
        ran.stderr.lines().collect::<Vec<_>>(),
        [
            &*format!(
                "{identify}:1: missing_field: /context/groupId: `account`: required, but absent; none of /context/groupId, /traits/groupId is there"
            ),
            "line 1: missing_field: /timestamp: `time`: required, but absent; none of /timestamp, /originalTimestamp is there",
            "4 records read: 1 mapped, 1 unmapped, 0 dropped, 2 rejected",
            "  mapped, usage: 1",
            "  rejected, missing_field: 2",
        ]
    );
}

#[test]
fn exit_statuses() {
    let folder = tempfile::tempdir().expect("a folder");
    let bad = folder.path().join("bad.yaml");
    std::fs::write(&bad, "version: 1\nname: m\ninput: jsn\nevents: [{drop: x}]\n").expect("a file can be written");
    let bad = bad.to_str().expect("UTF-8");
    for (words, status, told) in [
        (&["map", "--source", "segment", "-"][..], 3, "error: 1 records were read, and none was mapped"),
        (
            &["map", "--source", "segmnt", "-"],
            1,
            "unknown mapping `segmnt`: did you mean `segment`? (a file of your own is given by its path, as ./segmnt.yaml)",
        ),
        (&["map", "--source", "./no.yaml", "-"], 1, "./no.yaml: the mapping cannot be read: "),
        (
            &["map", "--source", bad, "-"],
            1,
            "bad.yaml:3:8: unknown input `jsn`: expected `json`, `csv`, `connect` or `debezium`; did you mean `json`?",
        ),
        (&["map", "--source", "segment", "no.jsonl"], 1, "no.jsonl: cannot be read"),
        (&["map", "-"], 2, "--source"),
        (&["map", "--print", "segmen"], 1, "unknown mapping `segmen`: did you mean `segment`?"),
        (&["replay", "--source", "segment", "-"], 3, "error: 1 records were read, and none was mapped"),
    ] {
        let ran = run(words, b"{\"type\":\"alias\"}\n");
        assert_eq!(ran.status, status, "{words:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(told), "{words:?}: {}", ran.stderr);
    }
    let ran = run(&["map", "--source", "segment"], b"");
    assert_eq!((ran.status, &*ran.stdout), (0, ""), "{}", ran.stderr);
}

#[test]
fn a_mapping_that_ships_is_printed_to_start_from() {
    let ran = run(&["map", "--print", "segment"], b"");
    let shipped = std::fs::read_to_string(Path::new("deploy/mappings/segment.yaml")).expect("it ships");
    assert_eq!((ran.status, ran.stdout), (0, shipped));
    let listed = run(&["map", "--list"], b"");
    assert!(listed.stdout.lines().any(|line| line.starts_with("segment  ")), "{}", listed.stdout);
}

/// What `map` writes and `replay` reads, and what `replay --source` does, is the same.
#[test]
fn replay_takes_a_source() {
    let duckdb = sample("duckdb.jsonl");
    let mapped = run(&["map", "--source", "duckdb", &duckdb], b"");
    let by_hand = run(&["replay", "--until", "2026-10-01", "-"], mapped.stdout.as_bytes());
    let ran = run(&["replay", "--source", "duckdb", "--until", "2026-10-01", &duckdb], b"");
    assert_eq!((ran.status, &ran.stdout), (0, &by_hand.stdout), "{}", ran.stderr);
    assert!(ran.stdout.lines().count() > 2 && ran.stderr.starts_with("9 records read: 9 mapped"), "{}", ran.stderr);
    let sorted = run(&["replay", "--source", "duckdb", "--sort", "--until", "2026-10-01", &duckdb], b"");
    assert_eq!((sorted.status, &sorted.stdout), (0, &by_hand.stdout), "{}", sorted.stderr);
}

#[test]
fn what_a_mapping_refuses_goes_where_dead_lines_go() {
    let folder = tempfile::tempdir().expect("a folder");
    let dead = folder.path().join("dead.jsonl");
    let words = [
        "replay",
        "--source",
        "segment",
        "--until",
        "2027-01-01",
        "--dead-letters",
        dead.to_str().expect("UTF-8"),
        &sample("segment-python-identify.json"),
    ];
    let ran = run(&words, b"");
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    let dead = std::fs::read_to_string(&dead).expect("it was written");
    assert!(dead.contains(r#""reason":"missing_field","pointer":"/context/groupId""#), "{dead}");
}

#[test]
fn replay_says_when_it_is_the_wrong_door() {
    for (file, source) in [
        ("segment-python-track.json", "segment"),
        ("segment-node-group.json", "segment"),
        ("rudder-python-track.json", "rudderstack"),
        ("posthog-capture.json", "posthog"),
        ("mixpanel-track.json", "mixpanel"),
        ("amplitude.json", "amplitude"),
        ("snowplow.json", "snowplow"),
        ("debezium.json", "debezium"),
        ("clickhouse.jsonl", "clickhouse"),
    ] {
        let ran = run(&["replay", "--until", "2027-01-01", &sample(file)], b"");
        assert_eq!(ran.status, 3, "{file}: {}", ran.stderr);
        let hint = format!("these look like records that the mapping {source} is for: `replay --source {source}` takes them");
        assert!(ran.stderr.contains(&hint), "{file}: {}", ran.stderr);
    }
    let native = run(&["replay", "--until", "2027-01-01", &sample("pyspark.jsonl")], b"");
    assert!(native.status == 0 && !native.stderr.contains("--source"), "{}", native.stderr);
    let nonsense = run(&["replay", "--until", "2027-01-01", "-"], b"{\"a\":1}\n");
    assert!(nonsense.status == 3 && !nonsense.stderr.contains("--source"), "{}", nonsense.stderr);
}

#[test]
fn check_names_what_the_playbook_does_not_know() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("m.yaml");
    let yaml = "version: 1\nname: m\ninput: json\nevents:\n  - {type: usage, time: /t, account: /a, product: crn, feature: {from: /f, map: {a: contact.created, b: contact.crated}, else: drop}}\n";
    std::fs::write(&file, yaml).expect("a file can be written");
    let path = file.to_str().expect("UTF-8");
    let ran = run(&["check", "--source", path, "--source", "segment"], b"");
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let warnings: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(
        warnings,
        [
            &*format!("warning: {path}:5:51: the playbook names no product `crn`; did you mean `crm`?"),
            &*format!("warning: {path}:5:105: the playbook names no feature `contact.crated`; did you mean `contact.created`?"),
        ]
    );
    std::fs::write(&file, "version: 1\n").expect("a file can be written");
    let ran = run(&["check", "--source", path], b"");
    assert!(ran.status == 1 && ran.stderr.contains("missing key `events` in the mapping"), "{}", ran.stderr);
}
