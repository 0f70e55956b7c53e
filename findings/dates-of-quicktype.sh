#!/usr/bin/env bash
#
# Of a date, quicktype's converters for JavaScript, TypeScript and Python make an instant, and write it back as one.
#
# Versions: quicktype 26.0.0 (Node 20 or newer), python-dateutil 2.9.0.post0 (which its Python code wants), ajv 8.20.0 with
# ajv-formats 3.0.1 as the judge.
#
# The JSON Schema has one member, a string of the format "date". The record is {"day": "2026-10-01"}, which the schema
# finds valid; a converter that quicktype wrote from that schema takes it, and gives it back.
#
# Behaviour seen:
#
# - JavaScript and TypeScript: the member is a Date, and comes back as "2026-10-01T00:00:00.000Z".
# - Python: the member is a datetime, and comes back as "2026-10-01T00:00:00", without an offset.
#
# Neither is a date, so what the generated code writes is refused by the schema that it was generated from. Of a string
# with a pattern and no format all three make a string, which comes back as it was. (A "date-time" comes back as the same
# instant: in JavaScript and TypeScript in UTC and with milliseconds, which is another text.)
#
# Output seen: the table at the end of this script. The script fails if it sees anything else.
#
# Needed: node (20.19 or newer) with npm; python3 (3.10 or newer) with pip.

set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/kafka.bash"

work_folder
say "installing quicktype, ajv and dateutil"
mkdir "$WORK/node"
echo '{"private": true}' >"$WORK/node/package.json"
quietly npm --prefix "$WORK/node" install --no-audit --no-fund quicktype@26.0.0 typescript@5.9.3 ajv@8.20.0 ajv-formats@3.0.1
quietly python3 -m pip install -q --target "$WORK/python" python-dateutil==2.9.0.post0
bin=$WORK/node/node_modules/.bin
echo '{"day": "2026-10-01"}' >"$WORK/record.json"

schema() {
  cat <<JSON
{"\$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Told", "type": "object", "properties": {"day": {"type": "string", $1}},
 "required": ["day"]}
JSON
}

# Whether a record is as a schema says.
cat >"$WORK/node/judge.js" <<'JS'
const [schema, record] = process.argv.slice(2).map((file) => JSON.parse(require("fs").readFileSync(file)));
const ajv = new (require("ajv/dist/2020"))();
require("ajv-formats")(ajv);
console.log(ajv.validate(schema, record) ? "valid" : "refused");
JS

cat >"$WORK/node/back.js" <<'JS'
const { toTold, toldToJson } = (({ Convert, ...own }) => Convert ?? own)(require(process.argv[2]));
console.log(JSON.stringify(JSON.parse(toldToJson(toTold(require("fs").readFileSync(process.argv[3], "utf8"))))));
JS

cat >"$WORK/back.py" <<'PYTHON'
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
told = importlib.import_module("told")
print(json.dumps(told.told_to_dict(told.told_from_dict(json.load(open(sys.argv[2])))), separators=(",", ":")))
PYTHON

for kind in format pattern; do
  case $kind in
    format) schema '"format": "date"' ;;
    pattern) schema '"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"' ;;
  esac >"$WORK/$kind.json"
  echo "$kind|given|$(tr -d ' ' <"$WORK/record.json")|$(node "$WORK/node/judge.js" "$WORK/$kind.json" "$WORK/record.json")"
  for language in javascript typescript python; do
    out=$WORK/$kind-$language
    mkdir "$out"
    case $language in
      javascript) file=told.js ;;
      typescript) file=told.ts ;;
      python) file=told.py ;;
    esac
    quietly "$bin/quicktype" --src-lang schema --lang $language --top-level Told --src "$WORK/$kind.json" --out "$out/$file"
    case $language in
      typescript)
        quietly "$bin/tsc" --target es2022 --module commonjs --outDir "$out" "$out/$file"
        node "$WORK/node/back.js" "$out/told.js" "$WORK/record.json"
        ;;
      javascript) node "$WORK/node/back.js" "$out/$file" "$WORK/record.json" ;;
      python) PYTHONPATH="$WORK/python" python3 "$WORK/back.py" "$out" "$WORK/record.json" ;;
    esac >"$out/back.json"
    echo "$kind|$language|$(cat "$out/back.json")|$(node "$WORK/node/judge.js" "$WORK/$kind.json" "$out/back.json")"
  done
done >"$WORK/seen"

cat >"$WORK/stated" <<'TABLE'
format|given|{"day":"2026-10-01"}|valid
format|javascript|{"day":"2026-10-01T00:00:00.000Z"}|refused
format|typescript|{"day":"2026-10-01T00:00:00.000Z"}|refused
format|python|{"day":"2026-10-01T00:00:00"}|refused
pattern|given|{"day":"2026-10-01"}|valid
pattern|javascript|{"day":"2026-10-01"}|valid
pattern|typescript|{"day":"2026-10-01"}|valid
pattern|python|{"day":"2026-10-01"}|valid
TABLE

cat "$WORK/seen"
diff "$WORK/stated" "$WORK/seen" >&2 || fail "the behaviour seen differs from what is stated (< stated, > seen)"
say "seen as stated"
