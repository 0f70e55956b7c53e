//! The command lines `replay` and `check`, against the binary.

mod binary;

use std::io::Write;
use std::path::{Path, PathBuf};

use binary::run;
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

fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect()
}

const STAGE_CHANGED: &str = "adoption.product_stage.changed";

/// `time type cause` of each change of a product's stage, which no playbook leaves out.
fn told(text: &str) -> Vec<String> {
    let short = |event: &Value| {
        let kind = event["type"].as_str().expect("a type").trim_start_matches("adoption.").to_owned();
        format!("{} {kind} {}", event["time"].as_str().expect("a time"), event["data"]["cause"])
    };
    events(text).iter().filter(|event| event["type"] == STAGE_CHANGED).map(short).collect()
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
    // What is packed is known by its bytes: the name may say nothing, or something else.
    let unnamed = file(&folder, "export", &gzip(MIXED.as_bytes()));
    let misnamed = file(&folder, "in.gz", &zstd);
    let unpacked = file(&folder, "unpacked.gz", MIXED.as_bytes());
    // A frame to be skipped, as parallel packers write them, and frames one after another.
    let skipped =
        [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3], &*zstd::encode_all(&MIXED.as_bytes()[..half], 1).expect("memory takes it")];
    let frames = [&skipped.concat(), &*zstd::encode_all(&MIXED.as_bytes()[half..], 1).expect("memory takes it")].concat();
    let frames = file(&folder, "frames.zst", &frames);
    let first = run(&["replay", "--until", "2026-04-01", "-"], MIXED.as_bytes());
    assert_eq!(first.status, 0, "{}", first.stderr);
    assert_eq!(told(&first.stdout), [r#"2026-03-01T12:00:00Z product_stage.changed {"event":"first"}"#]);
    for (name, input, stdin) in [
        ("nothing named", None, MIXED.as_bytes()),
        ("gzip by a pipe", None, &gzip(MIXED.as_bytes())),
        ("zstd by a pipe", None, &zstd),
        ("plain", Some(&plain), b""),
        ("gzip", Some(&gz), b""),
        ("gzip of two members", Some(&gz_of_two), b""),
        ("zstd", Some(&zst), b""),
        ("gzip by no name", Some(&unnamed), b""),
        ("zstd by gzip's name", Some(&misnamed), b""),
        ("plain by gzip's name", Some(&unpacked), b""),
        ("zstd in frames", Some(&frames), b""),
    ] {
        let words: Vec<&str> = ["replay", "--until", "2026-04-01"].into_iter().chain(input.map(|path| as_text(path))).collect();
        let ran = run(&words, stdin);
        assert_eq!((ran.status, &ran.stdout), (0, &first.stdout), "{name}: {}", ran.stderr);
    }
}

#[test]
fn bad_lines_and_the_summary_go_to_standard_error() {
    let ran = run(&["replay", "--playbook", "deploy/examples/playbook.yaml", "--until", "2026-04-01", "-"], MIXED.as_bytes());
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
        "late usage rows, those too late included: 1 of 3, more than one in fifty; late rows open nothing and let nothing fall",
        "  line 1 (account \"acme\", 2026-03-01T12:00:00Z) moved its account's day furthest ahead of the rows behind it: by 365 days; ",
        "  - where its time is wrong, mend the row; ",
        "  - where the file is not in order of time, `replay --sort`",
        "  - where a feed delivers late, leave days to it: settle_days of the playbook",
    ]) {
        assert!(line.starts_with(beginning), "{line:?} should start with {beginning:?}\n{}", ran.stderr);
    }
    assert_eq!(lines.len(), 13, "{}", ran.stderr);
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
    assert_eq!((ran.status, told(&ran.stdout).len()), (0, 1), "{}", ran.stderr);
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

/// Three accounts' days in order, the lines with their numbers; a bad line, a blank one and one from the future among them.
fn history() -> Vec<String> {
    let usage = |day: u32, account: &str| {
        format!(r#"{{"type":"usage","time":"2026-03-{day:02}T12:00:00Z","account":"{account}","product":"crm","user":"u{day}"}}"#)
    };
    let mut lines: Vec<String> = (1..=20).flat_map(|day| ["acme", "bolt", "corp"].map(|account| usage(day, account))).collect();
    lines.insert(10, r#"{"type":"usage"}"#.to_owned());
    lines.insert(20, String::new());
    lines.insert(30, USAGE.replace("2026", "2027"));
    lines
}

#[test]
fn sorted_lines_are_judged_in_order_of_time_and_keep_their_numbers() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = history();
    // Backwards, but for each pair, which has the same time or not.
    let order: Vec<usize> = (0..lines.len()).collect::<Vec<_>>().chunks(2).rev().flatten().copied().collect();
    let shuffled: String = order.iter().map(|&line| format!("{}\n", lines[line])).collect();
    let playbook = file(&folder, "ten.yaml", b"version: 1\nproducts: {crm: {adopted: events >= 10}}\n");
    let plainly = ["replay", "--playbook", as_text(&playbook), "--until", "2026-04-01"];
    let words = [&plainly as &[&str], &["--sort"]].concat();
    let sorted = run(&words, shuffled.as_bytes());
    assert_eq!(sorted.status, 0, "{}", sorted.stderr);
    for (name, input) in [
        ("plain", file(&folder, "in.jsonl", shuffled.as_bytes())),
        ("gzip", file(&folder, "in.jsonl.gz", &gzip(shuffled.as_bytes()))),
        ("zstd", file(&folder, "in.jsonl.zst", &zstd::encode_all(shuffled.as_bytes(), 1).expect("memory takes it"))),
    ] {
        let ran = run(&[&*words, &[as_text(&input)]].concat(), b"");
        assert_eq!((ran.status, &ran.stdout), (0, &sorted.stdout), "{name}: {}", ran.stderr);
    }
    // What the lines give in order of time, the same time in the order of the file, each by the number that it has in the file.
    let number = |line: usize| 1 + order.iter().position(|&place| place == line).expect("each line is there");
    let time = |line: usize| events(&lines[line]).first().and_then(|event| event["time"].as_str().map(str::to_owned));
    let mut in_time: Vec<usize> = (0..lines.len()).filter(|&line| time(line).is_some()).collect();
    in_time.sort_by_key(|&line| (time(line), number(line)));
    let by_hand: String = in_time.iter().map(|&line| format!("{}\n", lines[line])).collect();
    let plain = run(&plainly, by_hand.as_bytes());
    let renumbered: Vec<String> = events(&plain.stdout)
        .iter()
        .filter(|event| event["type"] == STAGE_CHANGED)
        .map(|event| match event["data"]["cause"]["line"].as_u64() {
            Some(line) => told_with_line(event, number(in_time[line as usize - 1])),
            None => told(&event.to_string()).concat(),
        })
        .collect();
    assert!(renumbered.len() >= 6, "{renumbered:?}");
    assert_eq!(told(&sorted.stdout), renumbered);
    let future = lines.iter().position(|line| line.contains("2027")).expect("it is there");
    for part in [
        format!("line {}: missing_field: ", number(10)),
        format!("line {}: from_the_future: ", number(future)),
        // The three of the last day come first; of the first day, the first is the 60th line.
        "sorted by time: 57 of 60 lines were out of order, by up to 19 d (line 60)\n".to_owned(),
        "60 applied (0 late)".to_owned(),
    ] {
        assert!(sorted.stderr.contains(&part), "expected {part:?} in\n{}", sorted.stderr);
    }
}

fn told_with_line(event: &Value, line: usize) -> String {
    let mut event = event.clone();
    event["data"]["cause"]["line"] = line.into();
    told(&event.to_string()).concat()
}

#[test]
fn sorting_says_that_nothing_was_out_of_order() {
    let text = history().join("\n");
    let (plain, sorted) =
        (run(&["replay", "--until", "2026-04-01"], text.as_bytes()), run(&["replay", "--sort", "--until", "2026-04-01"], text.as_bytes()));
    assert_eq!((plain.status, &plain.stdout), (0, &sorted.stdout));
    assert!(sorted.stderr.starts_with("sorted by time: 0 of 60 lines were out of order\n"), "{}", sorted.stderr);
    assert!(!plain.stderr.contains("late usage rows"), "{}", plain.stderr);
}

#[test]
fn who_moved_the_day_is_said_where_much_is_late() {
    let from_the_field = |name: &str| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
        std::fs::read_to_string(file).expect("the case is there")
    };
    let told = |input: &str, words: &[&str]| {
        let ran = run(&[&["replay", "--until", "2026-11-01"], words].concat(), input.as_bytes());
        let lines = ran.stderr.lines().skip_while(|line| !line.starts_with("late usage rows"));
        lines.map(str::to_owned).take_while(|line| !line.starts_with("  - ")).collect::<Vec<String>>()
    };
    let much = |counts: &str| {
        format!("late usage rows, those too late included: {counts}, more than one in fifty; late rows open nothing and let nothing fall")
    };
    let furthest = "moved its account's day furthest ahead of the rows behind it";
    assert_eq!(
        told(&from_the_field("future-row.jsonl"), &[]),
        [much("9 of 31"), format!("  line 15 (account \"bolt\", 2026-10-29T09:30:00Z) {furthest}: by 34 days; late behind it: 9")]
    );
    assert_eq!(
        told(&from_the_field("backfill.jsonl"), &[]),
        [much("30 of 31"), format!("  line 1 (account \"acme\", 2026-10-31T09:00:00Z) {furthest}: by 60 days; late behind it: 30")]
    );
    assert_eq!(told(&from_the_field("backfill.jsonl"), &["--sort"]), [] as [String; 0]);
    // Account after account: the clock is where the first two have taken it.
    let mut by_account: Vec<String> = history().into_iter().filter(|line| line.contains("\"user\"")).collect();
    by_account.sort_by_key(|line| events(line)[0]["account"].to_string());
    let clock = "  late by the partition's clock, which other accounts' records or the wall clock had moved, and by no record of their own account: 19, by up to 19 days";
    assert_eq!(told(&by_account.join("\n"), &["--set", "engine.clock_witnesses=2"]), [much("19 of 60"), clock.to_owned()]);
    // One in fifty is not more than that.
    let mut text = format!("{}\n{USAGE}\n", USAGE.replace("2026-03-01", "2026-03-02"));
    text.push_str(&format!("{}\n", USAGE.replace("2026-03-01", "2026-03-02")).repeat(47));
    assert_eq!(told(&text, &[])[0], much("1 of 49"));
    text.push_str(&USAGE.replace("2026-03-01", "2026-03-02"));
    assert_eq!(told(&text, &[]), [] as [String; 0]);
}

#[test]
fn the_exit_status_says_whether_it_could_be_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let not_gzip = file(&folder, "bad.gz", &[[0x1f, 0x8b].as_slice(), &[0xff; 20]].concat());
    let torn_zstd = file(&folder, "torn.zst", &zstd::encode_all(MIXED.as_bytes(), 1).expect("memory takes it")[..40]);
    let bad_lines = file(&folder, "bad.jsonl", b"not JSON\n\n{}\n");
    let blank_lines = file(&folder, "blank.jsonl", b"\n \n");
    let one_good = file(&folder, "good.jsonl", format!("not JSON\n{USAGE}\n").as_bytes());
    let torn = file(&folder, "torn.gz", &gzip(MIXED.as_bytes())[..40]);
    let playbook = file(&folder, "bad.yaml", b"version: 1\nproducts: {crm: {adopted: evnts > 1}}\n");
    for (words, status, said) in [
        (&["replay", "--until", "2026-04-01", "/nowhere/in.jsonl"] as &[&str], 1, "error: /nowhere/in.jsonl: cannot be read"),
        (&["replay", as_text(&not_gzip)], 1, "error: replay: "),
        (&["replay", as_text(&torn)], 1, "error: replay: "),
        (&["replay", as_text(&torn_zstd)], 1, "error: replay: "),
        (&["replay", "--sort", as_text(&torn)], 1, "error: sorting: "),
        (&["replay", as_text(folder.path())], 1, "cannot be read: "),
        (&["replay", as_text(&bad_lines)], 3, "error: 2 lines were read, and none was applied"),
        (&["replay", "--sort", as_text(&bad_lines)], 3, "error: 2 lines were read, and none was applied"),
        (&["replay", as_text(&blank_lines)], 0, "0 lines in "),
        (&["replay", "--until", "2026-02-01", as_text(&one_good)], 3, "error: 2 lines were read, and none was applied"),
        (&["replay", "--output", "/nowhere/out.jsonl"], 1, "error: /nowhere/out.jsonl: cannot be written"),
        (&["replay", "--dead-letters", "/nowhere/dead.jsonl"], 1, "error: /nowhere/dead.jsonl: cannot be written"),
        (&["replay", "--playbook", "/nowhere/p.yaml"], 1, "/nowhere/p.yaml: the playbook cannot be read"),
        (&["replay", "--playbook", as_text(&playbook)], 1, "bad.yaml:2:27: unknown metric `evnts`"),
        (&["replay", "--until", "tomorrow"], 2, "invalid value 'tomorrow' for '--until <DATE|INSTANT>'"),
        (&["replay", "--utnil", "2026-04-01"], 2, "unexpected argument '--utnil'"),
        (&["replay", "a.jsonl", "b.jsonl"], 2, "unexpected argument 'b.jsonl'"),
        (&["rplay"], 2, "unrecognized subcommand 'rplay'"),
        (&["replay", "--until", "2026-04-01"], 0, "0 lines in "),
        (&["replay", "--until", "2026-04-01", "--output", "/dev/null", as_text(&one_good)], 0, "1 applied"),
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
