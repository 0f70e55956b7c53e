//! The command lines `replay` and `check`, against the binary.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const USAGE: &str = r#"{"type":"usage","time":"2026-03-01T12:00:00Z","account":"acme","product":"crm"}"#;

/// A good line, a blank one, a bad one, another blank one, one from the future, one too late.
const MIXED: &str = concat!(
    r#"{"type":"usage","time":"2026-03-01T12:00:00Z","account":"acme","product":"crm","id":"first"}"#,
    "\n\n",
    r#"{"type":"usage","time":"2026-03-01T12:00:00Z","account":"acme"}"#,
    "\r\n  \t\r\n",
    r#"{"type":"usage","time":"2026-12-01T12:00:00Z","account":"acme","product":"crm"}"#,
    "\n",
    r#"{"type":"usage","time":"2025-03-01T12:00:00Z","account":"acme","product":"crm"}"#,
    "\n",
    r#"{"type":"usage","time":"2026-03-01T13:00:00Z","account":"acme","product":"ghost"}"#,
);

struct Ran {
    status: i32,
    stdout: String,
    stderr: String,
}

/// Runs the service with these words and this standard input, with no settings from around.
fn run(words: &[&str], stdin: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_adoption-tracker"))
        .args(words)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the service starts");
    // One that ends before it has read everything closes the pipe: that is its right.
    drop(child.stdin.take().expect("a pipe").write_all(stdin));
    let Output { status, stdout, stderr } = child.wait_with_output().expect("the service ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ran { status: status.code().expect("no signal"), stdout: text(stdout), stderr: text(stderr) }
}

fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect()
}

/// `time type cause` of each output.
fn told(text: &str) -> Vec<String> {
    let short = |event: &Value| {
        let kind = event["type"].as_str().expect("a type").trim_start_matches("adoption.").to_owned();
        format!("{} {kind} {}", event["time"].as_str().expect("a time"), event["data"]["cause"])
    };
    events(text).iter().map(short).collect()
}

fn file(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("a file can be written");
    path
}

fn as_text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

#[test]
fn every_way_in_gives_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let half = MIXED.len() / 2;
    let members = [gzip(&MIXED.as_bytes()[..half]), gzip(&MIXED.as_bytes()[half..])].concat();
    let zstd = zstd::encode_all(MIXED.as_bytes(), 1).expect("memory takes it");
    let plain = file(&folder, "in.jsonl", MIXED.as_bytes());
    let gz = file(&folder, "in.jsonl.gz", &gzip(MIXED.as_bytes()));
    let gz_of_two = file(&folder, "two.jsonl.gz", &members);
    let zst = file(&folder, "in.jsonl.zst", &zstd);
    let first = run(&["replay", "--until", "2026-04-01", "-"], MIXED.as_bytes());
    assert_eq!(first.status, 0, "{}", first.stderr);
    assert_eq!(told(&first.stdout), [r#"2026-03-01T12:00:00Z product_stage.changed {"event":"first"}"#]);
    for (name, input, stdin) in [
        ("nothing named", None, MIXED),
        ("plain", Some(&plain), ""),
        ("gzip", Some(&gz), ""),
        ("gzip of two members", Some(&gz_of_two), ""),
        ("zstd", Some(&zst), ""),
    ] {
        let words: Vec<&str> = ["replay", "--until", "2026-04-01"].into_iter().chain(input.map(|path| as_text(path))).collect();
        let ran = run(&words, stdin.as_bytes());
        assert_eq!((ran.status, &ran.stdout), (0, &first.stdout), "{name}: {}", ran.stderr);
    }
}

#[test]
fn bad_lines_and_the_summary_go_to_standard_error() {
    let ran = run(&["replay", "--until", "2026-04-01", "-"], MIXED.as_bytes());
    let lines: Vec<&str> = ran.stderr.lines().collect();
    for (line, beginning) in lines.iter().zip([
        "line 3: missing_field: /product: ",
        "line 5: from_the_future: /time: expected a time up to 2026-04-01T00:00:00Z, found 2026-12-01T12:00:00Z",
        "line 6: too_late: /time: expected a day from 2025-11-30 on",
        "5 lines in ",
        "accounts: 1, outputs: 1",
        "  dead letters, missing_field: 1",
        "  dead letters, from_the_future: 1",
        "  dead letters, too_late: 1",
    ]) {
        assert!(line.starts_with(beginning), "{line:?} should start with {beginning:?}\n{}", ran.stderr);
    }
    assert_eq!(lines.len(), 8, "{}", ran.stderr);
    for part in ["2 applied", "0 duplicates", "3 dead (1 too late)", "1 of products the playbook does not name"] {
        assert!(lines[3].contains(part), "{part}: {}", lines[3]);
    }
}

#[test]
fn outputs_and_dead_letters_go_to_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let (output, dead) = (folder.path().join("out.jsonl"), folder.path().join("dead.jsonl"));
    let words = ["replay", "--until", "2026-04-01", "--output", as_text(&output), "--dead-letters", as_text(&dead)];
    let ran = run(&words, MIXED.as_bytes());
    assert_eq!((ran.status, &*ran.stdout), (0, ""), "{}", ran.stderr);
    assert!(!ran.stderr.contains("line 3"), "{}", ran.stderr);
    let read = |path| std::fs::read_to_string(path).expect("the file was written");
    assert_eq!(told(&read(&output)), [r#"2026-03-01T12:00:00Z product_stage.changed {"event":"first"}"#]);
    let dead: Vec<String> =
        events(&read(&dead)).iter().map(|dead| format!("{} {} {}", dead["line"], dead["reason"], dead["pointer"])).collect();
    assert_eq!(dead, [r#"3 "missing_field" "/product""#, r#"5 "from_the_future" "/time""#, r#"6 "too_late" "/time""#]);
}

/// The stage of a login falls on 04-07, and in Berlin that day starts at 22:00 in UTC.
#[test]
fn until_is_a_date_in_the_playbooks_zone_or_an_instant() {
    let folder = tempfile::tempdir().expect("a folder");
    let berlin = "version: 1\ntime_zone: Europe/Berlin\nproducts:\n  crm: {adopted: events >= 100}\n";
    let playbook = file(&folder, "berlin.yaml", berlin.as_bytes());
    let entitled = USAGE.replace("usage", "entitlement").replace("\"crm\"", "\"crm\",\"status\":\"active\"");
    let input = format!("{entitled}\n{USAGE}\n");
    for (until, falls) in [
        ("2026-04-06", false),
        ("2026-04-07", true),
        ("2026-04-06T21:59:59.999Z", false),
        ("2026-04-06T22:00:00Z", true),
        ("2026-04-07T00:00:00+02:00", true),
        ("1775512800000", true),
        ("1775512799999", false),
    ] {
        let ran = run(&["replay", "--playbook", as_text(&playbook), "--until", until], input.as_bytes());
        let mut expected =
            vec![r#"2026-03-01T12:00:00Z product_stage.changed {"line":1}"#, r#"2026-03-01T12:00:00Z product_stage.changed {"line":2}"#];
        expected.extend(falls.then_some(r#"2026-04-06T22:00:00Z product_stage.changed {"day":"2026-04-07"}"#));
        assert_eq!((ran.status, told(&ran.stdout)), (0, expected.into_iter().map(str::to_owned).collect()), "{until}: {}", ran.stderr);
    }
}

#[test]
fn without_until_the_wall_clock_bounds_the_future() {
    let far = USAGE.replace("2026-03-01", "9999-01-01");
    let ran = run(&["replay"], format!("{USAGE}\n{far}\n").as_bytes());
    assert_eq!((ran.status, events(&ran.stdout).len()), (0, 1), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("line 2: from_the_future: /time: "), "{}", ran.stderr);
}

#[test]
fn settings_reach_a_replay() {
    let twice = USAGE.replace("\"crm\"", "\"crm\",\"id\":\"e1\"");
    let input = format!("{twice}\n{twice}\n{}\n", twice.replace("\"crm\"", &format!("{:?}", "x".repeat(200))));
    let words = ["replay", "--until", "2026-04-01", "--set", "engine.dedupe_ids=4", "--set", "engine.max_record_bytes=200"];
    let ran = run(&words, input.as_bytes());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("1 applied (0 late), 1 duplicates, 1 dead (0 too late)"), "{}", ran.stderr);
    assert!(ran.stderr.contains("line 3: too_large: expected at most 200 bytes"), "{}", ran.stderr);
}

#[test]
fn the_exit_status_says_whether_it_could_be_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let not_gzip = file(&folder, "bad.gz", b"plain");
    let torn = file(&folder, "torn.gz", &gzip(MIXED.as_bytes())[..40]);
    let playbook = file(&folder, "bad.yaml", b"version: 1\nproducts: {crm: {adopted: evnts > 1}}\n");
    for (words, status, said) in [
        (&["replay", "--until", "2026-04-01", "/nowhere/in.jsonl"] as &[&str], 1, "error: /nowhere/in.jsonl: cannot be read"),
        (&["replay", as_text(&not_gzip)], 1, "error: replay: "),
        (&["replay", as_text(&torn)], 1, "error: replay: "),
        (&["replay", "--output", "/nowhere/out.jsonl"], 1, "error: /nowhere/out.jsonl: cannot be written"),
        (&["replay", "--dead-letters", "/nowhere/dead.jsonl"], 1, "error: /nowhere/dead.jsonl: cannot be written"),
        (&["replay", "--playbook", "/nowhere/p.yaml"], 1, "/nowhere/p.yaml: the playbook cannot be read"),
        (&["replay", "--playbook", as_text(&playbook)], 1, "bad.yaml:2:27: unknown metric `evnts`"),
        (&["replay", "--until", "tomorrow"], 2, "invalid value 'tomorrow' for '--until <DATE|INSTANT>'"),
        (&["replay", "--utnil", "2026-04-01"], 2, "unexpected argument '--utnil'"),
        (&["replay", "a.jsonl", "b.jsonl"], 2, "unexpected argument 'b.jsonl'"),
        (&["rplay"], 2, "unrecognized subcommand 'rplay'"),
        (&["replay", "--until", "2026-04-01"], 0, "0 lines in "),
    ] {
        let ran = run(words, b"");
        assert_eq!(ran.status, status, "{words:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{words:?}: expected {said:?} in\n{}", ran.stderr);
        assert_eq!(ran.stdout, "", "{words:?}");
    }
}

#[test]
fn check_tells_what_is_wrong_and_where() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = file(&folder, "good.yaml", b"version: 1\nproducts: {crm: {name: CRM}}\n");
    let bad = file(
        &folder,
        "bad.yaml",
        b"version: 1\nproducts:\n  crm: {adopted: evnts > 1}\nalerts:\n  a: {scope: team, open: crm.seats < 1}\n",
    );
    let settings = file(&folder, "good.toml", b"[topics]\nprefix = \"mine\"\n");
    let unknown = file(&folder, "bad.toml", b"[topics]\nprefx = \"mine\"\n");
    for (words, status, stdout, stderr) in [
        (&["check"] as &[&str], 0, "# Playbook: the shipped playbook", &[] as &[&str]),
        (&["check", "--playbook", as_text(&good)], 0, "1 products:", &[]),
        (&["check", "--config", as_text(&settings)], 0, "prefix = \"mine\"", &[]),
        (
            &["check", "--playbook", as_text(&bad)],
            1,
            "",
            &["bad.yaml:3:18: unknown metric `evnts`", "bad.yaml:5:14: ", "error: the check found 2 problems"],
        ),
        (&["check", "--config", as_text(&unknown)], 1, "", &["bad.toml", "prefx", "error: the check found 1 problem"]),
        (&["check", "--config", "/nowhere/s.toml"], 1, "", &["/nowhere/s.toml"]),
        (&["check", "--set", "kafka.brokers"], 2, "", &["expected KEY=VALUE"]),
    ] {
        let ran = run(words, b"");
        assert_eq!(ran.status, status, "{words:?}: {}", ran.stderr);
        assert!(ran.stdout.contains(stdout), "{words:?}: expected {stdout:?} in\n{}", ran.stdout);
        for said in stderr {
            assert!(ran.stderr.contains(said), "{words:?}: expected {said:?} in\n{}", ran.stderr);
        }
    }
}
