#!/usr/bin/env bash
# What typify makes of schemas/: Rust types of each of all of them, which read every record of tests/schemas/records.sh and write it again as it was.
# Not part of .ci/run: typify and its code are compiled for minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
here=$PWD/tests/schemas tools=$PWD/target/tools/typify
mkdir -p "$tools"
export CARGO_INCREMENTAL=0

cargo install --quiet cargo-typify@0.8.0 --locked --debug --root "$tools" --target-dir "$tools/build"
work=$tools/work
rm -rf "$work"
mkdir -p "$work/src"
"$here/records.sh" "$work/records.jsonl"
{
  echo '// What is generated is not ours.'
  echo '#![allow(warnings)]'
  for schema in schemas/*.json; do
    name=$(basename "$schema" .v1.json)
    "$tools/bin/cargo-typify" typify "$schema" --output "$work/src/${name//-/_}.rs"
    echo "mod ${name//-/_};"
  done
  cat <<'RUST'
use std::collections::BTreeMap;
use std::io::BufRead;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

fn again<T: Serialize + DeserializeOwned>(record: &Value) -> Result<Value, String> {
    let read: T = serde_json::from_value(record.clone()).map_err(|error| error.to_string())?;
    serde_json::to_value(&read).map_err(|error| error.to_string())
}

/// Numbers as doubles: of an integer some of the types make one.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, plain(value))).collect(),
        other => other,
    }
}

fn main() {
    let path = std::env::args().nth(1).expect("a file of records");
    let mut counts = BTreeMap::<String, usize>::new();
    for line in std::io::BufReader::new(std::fs::File::open(path).expect("it opens")).lines() {
        let told: Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
        let (schema, record) = (told["schema"].as_str().expect("a name"), &told["record"]);
        let back = match schema {
RUST
  for schema in schemas/*.json; do
    name=$(basename "$schema" .v1.json)
    title=$(python3 -c 'import json, re, sys; print("".join(w[:1].upper() + w[1:] for w in re.split("[._]", json.load(open(sys.argv[1]))["title"])))' "$schema")
    echo "            \"$name.v1.json\" => again::<${name//-/_}::$title>(record),"
  done
  cat <<'RUST'
            other => panic!("no types of {other}"),
        };
        let mut back = back.unwrap_or_else(|error| panic!("{schema}: {error}\n{record}"));
        // A member that was absent is written by its default, which says the same.
        let said: Value = serde_json::from_str(&std::fs::read_to_string(format!("schemas/{schema}")).expect("a schema")).expect("JSON");
        if let Some(members) = back.as_object_mut() {
            members.retain(|name, value| record.get(name).is_some() || said["properties"][name.as_str()].get("default") != Some(value));
        }
        assert_eq!(plain(back), plain(record.clone()), "{schema}");
        *counts.entry(schema.to_owned()).or_default() += 1;
    }
    println!("{} records of {} schemas read and written again", counts.values().sum::<usize>(), counts.len());
}
RUST
} >"$work/src/main.rs"
cp "$here/typify.toml" "$work/Cargo.toml"
cp "$here/typify.lock" "$work/Cargo.lock"
cargo build --quiet --locked --manifest-path "$work/Cargo.toml" --target-dir "$tools/build"
"$tools/build/debug/records" "$work/records.jsonl"
