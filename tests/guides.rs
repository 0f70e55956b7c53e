//! The guides' commands, as somebody types them who follows a guide from its first line: each `sh` fence behind `<!-- runs -->` is run, in one
//! folder that has `deploy/` in it, and what it prints is what the fence behind `<!-- prints -->` shows. `UPDATE_DOCS=1 cargo test --test guides`
//! writes that anew.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

const RUNS: &str = "<!-- runs -->\n```sh\n";
const PRINTS: &str = "\n<!-- prints -->\n```text\n";
const END: &str = "```\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What a command prints, on both outputs in the order in which it does; no time that it took.
fn printed(folder: &Path, command: &str) -> String {
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &format!("exec 2>&1\n{command}")])
        .current_dir(folder)
        // Settings of whoever runs the tests are not the reader's.
        .env_clear()
        .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", folder.join("bin").display()))
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("bash can be run");
    let text = String::from_utf8(output.stdout).expect("it prints UTF-8");
    assert!(output.status.success(), "{command}{text}{}", output.status);
    let lines = text.lines().map(|line| match line.split_once(" lines in ").zip(line.split_once(" s: ")) {
        Some(((lines, _), (_, rest))) => format!("{lines} lines in 0.00 s: {rest}\n"),
        None => format!("{line}\n"),
    });
    lines.collect()
}

/// The guide with what its commands print; and how many there are.
fn followed(guide: &str) -> (String, usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    symlink(root().join("deploy"), folder.path().join("deploy")).expect("a link can be made");
    std::fs::create_dir(folder.path().join("bin")).expect("a folder can be made");
    symlink(env!("CARGO_BIN_EXE_adoption-tracker"), folder.path().join("bin/adoption-tracker")).expect("a link can be made");
    let (mut written, mut rest, mut count) = (String::new(), guide, 0);
    while let Some((before, from)) = rest.split_once(RUNS) {
        let (command, behind) = from.split_once(END).expect("the fence of a command ends");
        count += 1;
        let said = printed(folder.path(), command);
        written.extend([before, RUNS, command, END]);
        rest = match behind.strip_prefix(PRINTS) {
            Some(shown) => {
                let (_, behind) = shown.split_once(END).expect("the fence of what is printed ends");
                written.extend([PRINTS, &said, END]);
                behind
            }
            None => {
                assert!(said.is_empty(), "the guide does not show what this prints:\n{command}{said}");
                behind
            }
        };
    }
    written.push_str(rest);
    (written, count)
}

fn check(path: &str, commands: usize) {
    let file = root().join(path);
    let guide = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{path}: {error}"));
    let (written, count) = followed(&guide);
    assert!(count >= commands, "{path}: {count} commands were run");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, written).unwrap_or_else(|error| panic!("{path}: {error}"));
        return;
    }
    let differs = guide.lines().zip(written.lines()).find(|(shown, printed)| shown != printed);
    assert!(guide == written, "{path} shows what its commands do not print: {differs:?}; UPDATE_DOCS=1 cargo test --test guides");
}

#[test]
fn the_rule_owner_s_commands_print_what_the_guide_shows() {
    check("docs/guide-rule-owner.md", 9);
}

#[test]
fn the_operator_s_commands_print_what_the_guide_shows() {
    check("docs/guide-operator.md", 1);
}
