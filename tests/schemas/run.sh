#!/usr/bin/env bash
# What tools of others make of schemas/, each of all of them, and of real records what their code takes in and gives back:
#
# | tool | must |
# |---|---|
# | ajv, strict | compile each schema without a word, and find each record valid |
# | datamodel-code-generator, pydantic 2 | write models that read each record and write it again as it was |
# | json-schema-to-typescript, tsc --strict | write types that records are assigned to |
# | quicktype, for TypeScript | write converters that take each record and give it back, instants in milliseconds |
#
# typify, for Rust, has a script of its own, since its code is compiled: tests/schemas/typify.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
here=$PWD/tests/schemas

# Into target/, so that a second run needs no network. A lock file is copied last: what was interrupted is done again.
tools=$PWD/target/tools/schemas
mkdir -p "$tools"
if ! cmp -s "$here/package-lock.json" "$tools/npm.done"; then
  cp "$here/package.json" "$here/package-lock.json" "$tools/"
  npm ci --prefix "$tools" --silent --no-audit --no-fund
  cp "$here/package-lock.json" "$tools/npm.done"
fi
if ! cmp -s "$here/requirements.txt" "$tools/pip.done"; then
  python3 -m venv "$tools/python"
  "$tools/python/bin/pip" install --quiet --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$tools/pip.done"
fi

work=$tools/work
rm -rf "$work"
mkdir -p "$work"
"$here/records.sh" "$work/records.jsonl"
# Modules are looked for where the scripts are.
cp "$here/tools.mjs" "$tools/"

echo "-- ajv"
node "$tools/tools.mjs" ajv schemas "$work/records.jsonl"
echo "-- datamodel-code-generator and pydantic"
# With warnings as errors: it warns of what it leaves out of a schema.
"$tools/python/bin/python" -W error::UserWarning "$tools/python/bin/datamodel-codegen" --input schemas --input-file-type jsonschema \
  --output "$work/models" --output-model-type pydantic_v2.BaseModel --target-python-version 3.11 --use-annotated --enum-field-as-literal one \
  --use-title-as-name --disable-timestamp --formatters builtin
"$tools/python/bin/python" "$here/models.py" "$work" schemas "$work/records.jsonl"
echo "-- json-schema-to-typescript, quicktype and tsc"
node "$tools/tools.mjs" write schemas "$work/records.jsonl" "$work/typescript"
"$tools/node_modules/.bin/tsc" --project "$work/typescript"
node "$tools/tools.mjs" quicktype "$work/typescript/out/quicktype" "$work/records.jsonl"
echo "3 passed, 0 failed"
