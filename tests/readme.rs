//! The README's example is what the program really says. `UPDATE_DOCS=1 cargo test --test readme` writes it anew.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The command of the README, without the program's name.
const COMMAND: [&str; 6] =
    ["replay", "--playbook", "deploy/examples/playbook.yaml", "--until", "2026-10-03", "deploy/examples/events.jsonl"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

struct Ran {
    events: Vec<Value>,
    errors: String,
}

fn run() -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_adoption-tracker"))
        .args(COMMAND)
        .current_dir(root())
        // Settings of whoever runs the tests are not the example's.
        .env_clear()
        .output()
        .expect("the program of this crate can be run");
    let errors = String::from_utf8(output.stderr).expect("standard error is UTF-8");
    assert!(output.status.success(), "{errors}");
    let outputs = String::from_utf8(output.stdout).expect("standard output is UTF-8");
    let events = outputs.lines().map(|line| serde_json::from_str(line).expect("each line is a JSON object")).collect();
    Ran { events, errors }
}

/// One line for each event: time, subject, what happened.
fn summary(events: &[Value]) -> String {
    let lines = events.iter().map(|event| {
        let data = &event["data"];
        let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
        let what = match text(&event["type"]).as_str() {
            "adoption.product_stage.changed" | "adoption.account_stage.changed" => {
                format!("{} → {}", text(&data["from"]), text(&data["to"]))
            }
            other => format!("{}: {}", other.trim_start_matches("adoption."), text(&data["rule"])),
        };
        format!("{}  {:<8}  {what}\n", text(&event["time"]), text(&event["subject"]))
    });
    lines.collect()
}

/// The summary on standard error, whatever the time it took.
fn without_time(errors: &str) -> String {
    let lines = errors.lines().map(|line| match line.split_once(" lines in ") {
        Some((lines, rest)) => format!("{lines} lines in 0.00 s{}\n", &rest[rest.find(" s:").map_or(0, |at| at + 2)..]),
        None => format!("{line}\n"),
    });
    lines.collect()
}

/// Replaces what stands in the fence after `<!-- example: NAME -->`.
fn replace(readme: &str, name: &str, text: &str) -> String {
    let marker = format!("<!-- example: {name} -->\n```");
    let (before, rest) = readme.split_once(&marker).unwrap_or_else(|| panic!("README.md has a fence after {marker}"));
    let (language, rest) = rest.split_once('\n').expect("the fence goes on");
    let (_, after) = rest.split_once("```\n").expect("the fence ends");
    format!("{before}{marker}{language}\n{text}```\n{after}")
}

/// Of the README's section about your data: the mapping and the file.
const DATA: [&str; 2] = ["deploy/examples/segment.yaml", "deploy/examples/segment.jsonl"];

/// Standard output and standard error of a command, which succeeds.
fn said(arguments: &[&str]) -> [String; 2] {
    let output = Command::new(env!("CARGO_BIN_EXE_adoption-tracker")).args(arguments).current_dir(root()).env_clear().output();
    let output = output.expect("the program of this crate can be run");
    let [outputs, errors] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("it is UTF-8"));
    assert!(output.status.success(), "{arguments:?}: {errors}");
    [outputs, errors]
}

/// The five commands of the README, as they stand there, without its first.
fn your_data(readme: &str) -> [String; 2] {
    let [mapping, calls] = DATA;
    let commands: [&[&str]; 4] = [
        &["map", "--source", mapping, calls],
        &["check", "--source", mapping],
        &["replay", "--source", mapping, "--until", "2026-10-03", calls],
        &["report", "--source", mapping, "--until", "2026-10-03", "--account", "acme", calls],
    ];
    let mut all = Vec::new();
    for command in commands {
        let line = format!("adoption-tracker {}", command.join(" "));
        assert!(readme.contains(&line), "README.md shows the command that is tested: {line}");
        all.push(said(command));
    }
    let [[natives, left_out], [_, problems], [outputs, _], [report, _]] = &all[..] else { unreachable!("there are four") };
    assert!(natives.lines().count() > 100 && outputs.contains("adoption.product_stage.changed") && problems.is_empty(), "{problems}");
    let paragraphs: Vec<&str> = report.split("\n\n").take(10).collect();
    [left_out.clone(), format!("{}\n", paragraphs.join("\n\n"))]
}

#[test]
fn the_example_is_what_the_program_says() {
    let path: PathBuf = root().join("README.md");
    let readme = std::fs::read_to_string(&path).expect("README.md is there");
    let command = format!("adoption-tracker {}", COMMAND.join(" "));
    assert!(readme.contains(&command), "README.md shows the command that is tested: {command}");

    let ran = run();
    let in_full = ran.events.iter().find(|event| event["data"]["rule"] == "low_license_utilization").expect("the alert opens");
    let pretty = serde_json::to_string_pretty(in_full).expect("JSON is written");
    let written = replace(&readme, "summary", &summary(&ran.events));
    let written = replace(&written, "errors", &without_time(&ran.errors));
    let written = replace(&written, "event", &format!("{pretty}\n"));
    let [left_out, report] = your_data(&readme);
    let written = replace(&written, "map", &left_out);
    let written = replace(&written, "report", &report);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &written).expect("README.md can be written");
        return;
    }
    assert!(readme == written, "README.md shows other outputs than the program; UPDATE_DOCS=1 cargo test --test readme writes them anew");
}
