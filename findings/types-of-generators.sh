#!/usr/bin/env bash
#
# What generators of code make of members that JSON Schema leaves open, and of those that may be one word only.
#
# Versions: json-schema-to-typescript 16.0.0, quicktype 26.0.0 for TypeScript, datamodel-code-generator 0.89.0 for pydantic
# 2, typify 0.8.0 for Rust.
#
# The schema has five members. Of two any value is valid: one's schema is true, the other's has a description and nothing
# else. Of three only the text "usage" is valid: it is given as a const, as a const beside its type, and as an enum of one.
#
# Behaviour seen:
#
# - json-schema-to-typescript takes the member with a description for an object: a number, a text or null, which the schema
#   allows, cannot be assigned. The same member without a description is unknown.
# - typify keeps no const: without a type beside it the member is any value, with one any text, so that nothing is left
#   by which variants of a oneOf that differ in it could be told apart. Of an enum of one word it makes that word.
# - quicktype and datamodel-code-generator tell all as the schema does. (quicktype's Constant is the text "usage"; of an enum
#   of one word datamodel-code-generator makes an Enum, of a const a Literal.)
#
# Output seen: the table at the end of this script. The script fails if it sees anything else.
#
# Needed: node (20.19 or newer) with npm; python3 (3.11 or newer) with venv; cargo (1.95 or newer), which compiles typify
# for some minutes.

set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/kafka.bash"

work_folder
cat >"$WORK/told.json" <<'JSON'
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Told",
  "type": "object",
  "properties": {
    "bare": true,
    "described": {"description": "Anything."},
    "constant": {"const": "usage"},
    "typed_constant": {"type": "string", "const": "usage"},
    "word": {"type": "string", "enum": ["usage"]}
  },
  "required": ["bare", "described", "constant", "typed_constant", "word"]
}
JSON

say "installing json-schema-to-typescript and quicktype"
mkdir "$WORK/node"
echo '{"private": true}' >"$WORK/node/package.json"
quietly npm --prefix "$WORK/node" install --no-audit --no-fund json-schema-to-typescript@16.0.0 quicktype@26.0.0
say "installing datamodel-code-generator"
quietly python3 -m venv "$WORK/python"
quietly "$WORK/python/bin/pip" install -q datamodel-code-generator==0.89.0
say "compiling typify"
quietly cargo install --quiet cargo-typify@0.8.0 --locked --debug --root "$WORK/cargo" --target-dir "$WORK/cargo/build"

bin=$WORK/node/node_modules/.bin
quietly "$bin/json2ts" --input "$WORK/told.json" --output "$WORK/types.ts"
quietly "$bin/quicktype" --src-lang schema --lang typescript --just-types --src "$WORK/told.json" --out "$WORK/quicktype.ts"
quietly "$WORK/python/bin/datamodel-codegen" --input "$WORK/told.json" --input-file-type jsonschema --output "$WORK/told.py" \
  --output-model-type pydantic_v2.BaseModel --target-python-version 3.11
quietly "$WORK/cargo/bin/cargo-typify" typify "$WORK/told.json" --output "$WORK/told.rs"

# The type of each member, on one line, without comments and blanks.
python3 - "$WORK" >"$WORK/seen" <<'PYTHON'
import re, sys
from pathlib import Path

work = Path(sys.argv[1])
files = {"json-schema-to-typescript": "types.ts", "quicktype": "quicktype.ts", "datamodel-code-generator": "told.py", "typify": "told.rs"}
for tool, file in files.items():
    text = re.sub(r"/\*.*?\*/", "", (work / file).read_text(), flags=re.S)
    for member in ["bare", "described", "constant", "typed_constant", "word"]:
        names = [member, re.sub("_(.)", lambda match: match[1].upper(), member)]
        found = re.search(rf"\b(?:{'|'.join(names)}): *(\{{.*?\}}|[^;=\n,]+)", text, flags=re.S)
        print(tool, member, re.sub(r"\s+", "", found[1]) if found else "none", sep="|")
PYTHON

cat >"$WORK/stated" <<'TABLE'
json-schema-to-typescript|bare|unknown
json-schema-to-typescript|described|{[k:string]:unknown;}
json-schema-to-typescript|constant|"usage"
json-schema-to-typescript|typed_constant|"usage"
json-schema-to-typescript|word|"usage"
quicktype|bare|unknown
quicktype|described|unknown
quicktype|constant|Constant
quicktype|typed_constant|Constant
quicktype|word|Constant
datamodel-code-generator|bare|Any
datamodel-code-generator|described|Any
datamodel-code-generator|constant|Literal['usage']
datamodel-code-generator|typed_constant|Literal['usage']
datamodel-code-generator|word|Word
typify|bare|::serde_json::Value
typify|described|::serde_json::Value
typify|constant|::serde_json::Value
typify|typed_constant|::std::string::String
typify|word|ToldWord
TABLE

cat "$WORK/seen"
diff "$WORK/stated" "$WORK/seen" >&2 || fail "the behaviour seen differs from what is stated (< stated, > seen)"
say "seen as stated"
