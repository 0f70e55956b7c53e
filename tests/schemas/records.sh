#!/usr/bin/env bash
# Writes real records, one a line, each with the name of its schema's file: {"schema": …, "record": …}.
#
#   tests/schemas/records.sh FILE
#
# Inputs and their outputs, of the example of a history; outputs of all types, of the random streams of `--test model`; what is told of accounts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
history=deploy/examples/history.jsonl
file=$(realpath -m "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

tests/build.sh
ADOPTION_OUTPUTS="$work/random.jsonl" cargo test --quiet --locked --test model schemas::outputs_of_random_streams_are_valid -- --exact >"$work/log" ||
  { cat "$work/log"; exit 1; }
tracker=target/debug/adoption-tracker
"$tracker" replay --until 2026-10-01 "$history" >"$work/outputs.jsonl" 2>"$work/log" || { cat "$work/log"; exit 1; }
for account in alder cobalt ember; do
  "$tracker" report --format json --account "$account" "$history" >"$work/view.$account.json"
  "$tracker" explain --format json --account "$account" "$history" >"$work/explanation.$account.json"
done
python3 - "$work" "$history" >"$file" <<'PYTHON'
import glob, json, sys

work, history = sys.argv[1:]

def tell(schema, record):
    print(json.dumps({"schema": f"{schema}.v1.json", "record": record}, ensure_ascii=False))

def lines(path):
    return map(json.loads, open(path, encoding="utf-8"))

for record in lines(history):
    tell(record["type"], record)
# Nobody is erased in that history, which would be gone.
erase = {"type": "erase", "id": "e-1", "time": "2026-09-30T08:00:00Z", "account": "alder"}
for record in [erase, {**erase, "id": "e-2", "user": "ann"}]:
    tell(record["type"], record)
for name in ["outputs", "random"]:
    for event in lines(f"{work}/{name}.jsonl"):
        tell("cloudevent", event)
        tell(event["dataschema"].rsplit("/", 1)[1].removesuffix(".v1.json"), event["data"])
for schema, name in [("account-view", "view"), ("explanation", "explanation")]:
    for path in sorted(glob.glob(f"{work}/{name}.*.json")):
        tell(schema, json.load(open(path, encoding="utf-8")))
PYTHON
