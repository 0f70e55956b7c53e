#!/usr/bin/env bash
#
# In which line the csv crate for Rust says that a record begins, where lines end as Windows has them.
#
# Version: csv 1.4.0.
#
# The file has a header and three records of one line each. It is written twice: with LF at the ends of lines, and with CRLF. The program asks
# each record for its position, and prints the line.
#
# Behaviour seen: with LF each record tells its own line: 1 2 3 4. With CRLF, which the reader takes by default as well, the
# first record tells 1, and each one behind it the line before its own: 1 1 2 3. So a program that tells people in which line
# of their file a value is wrong is right for files of Unix, and a line short for those that Excel wrote.
#
# With LF named as the terminator the lines are right for both, and CR stays at the end of the last field.
#
# Output seen: the table at the end of this script. The script fails if it sees anything else.
#
# Needed: cargo (1.85 or newer).

set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/kafka.bash"

work_folder
mkdir -p "$WORK/lines/src"
cat >"$WORK/lines/Cargo.toml" <<'TOML'
[package]
name = "lines"
version = "0.0.0"
edition = "2024"

[dependencies]
csv = "=1.4.0"
TOML
cat >"$WORK/lines/src/main.rs" <<'RUST'
use csv::{ReaderBuilder, Terminator};

fn lines(end: &str, terminator: Terminator) -> String {
    let text = ["a,b", "1,2", "3,4", "5,6"].map(|row| format!("{row}{end}")).concat();
    let mut reader = ReaderBuilder::new().has_headers(false).terminator(terminator).from_reader(text.as_bytes());
    let lines = reader.records().map(|record| record.unwrap().position().unwrap().line().to_string());
    lines.collect::<Vec<_>>().join(" ")
}

fn main() {
    println!("LF    as it is        {}", lines("\n", Terminator::CRLF));
    println!("CRLF  as it is        {}", lines("\r\n", Terminator::CRLF));
    println!("CRLF  terminator LF   {}", lines("\r\n", Terminator::Any(b'\n')));
}
RUST
say "compiling"
cargo run --quiet --manifest-path "$WORK/lines/Cargo.toml" >"$WORK/seen"
cat >"$WORK/stated" <<'TABLE'
LF    as it is        1 2 3 4
CRLF  as it is        1 1 2 3
CRLF  terminator LF   1 2 3 4
TABLE

cat "$WORK/seen"
diff "$WORK/stated" "$WORK/seen" >&2 || fail "the behaviour seen differs from what is stated (< stated, > seen)"
say "seen as stated"
