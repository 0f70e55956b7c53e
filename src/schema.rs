//! How the JSON Schemas of `schemas/` are written, so that validators and generators of all languages take them as they are meant. What each
//! tool makes of them is tested by `tests/schemas/run.sh`, and told in docs/consumers.md.
//!
//! | rule | because |
//! |---|---|
//! | no `format` but `date-time` | ajv refuses a format that JSON Schema has not, such as `uint32`; of a `date` quicktype makes an instant, which it writes as one |
//! | each member has a type | json-schema-to-typescript makes an object of what has none |
//! | the one word of a `type` is an `enum` | of a `const` typify makes any text, so that it tells no type from another |
//! | what we write is open | a later version may add members, and a reader's validator of today is to take its records |
//! | what may be absent of what we write is never `null` | that is how it is written; else generated code asks for both |
//! | no `if`, no reference to another file | typify knows neither |
//! | a fixed length over 32 is a least one | typify makes an array of it, which serde takes up to 32 |

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

/// Where schemas are named; `schemas/` holds them.
pub const BASE: &str = "https://adoption-tracker.dev/schemas/";

/// What the description of a record that we write ends with.
pub const OPEN: &str = "Later versions may add members: pass over those that you do not know.";

/// The longest array that serde has an implementation for.
const SERDE_ARRAY_MAX: u64 = 32;

/// What the description of a closed set of words ends with.
const OPEN_WORDS: &str = "Later versions may add words.";

/// A value as outputs show it, of whichever metric: the schema of a [`serde_json::Value`] that is no object.
#[derive(Debug)]
pub struct Plain;

impl JsonSchema for Plain {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Plain".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let plain = || [json!({"type": "number"}), json!({"type": "string"}), json!({"type": "boolean"}), json!({"type": "null"})];
        let list = json!({"type": "array", "items": {"anyOf": plain()}});
        json_schema!({"anyOf": plain().into_iter().chain([list]).collect::<Vec<_>>()})
    }
}

/// Of what we read.
pub fn of_inputs() -> SchemaSettings {
    SchemaSettings::draft2020_12().with_transform(ForTools { is_output: false })
}

/// Of what we write, rather than what would be read: a member that may be `null` is there all the same.
pub fn of_outputs() -> SchemaSettings {
    SchemaSettings::draft2020_12().for_serialize().with_transform(ForTools { is_output: true })
}

/// Names a schema, and what it defines. `more`: what its description ends with.
pub fn named(mut schema: Schema, file: &str, title: &str, more: &str) -> Value {
    let object = schema.ensure_object();
    object.insert("$id".to_owned(), Value::from(format!("{BASE}{file}")));
    object.insert("title".to_owned(), Value::from(title));
    add_to_description(object, more);
    for (name, definition) in object.get_mut("$defs").and_then(Value::as_object_mut).into_iter().flatten() {
        // quicktype calls after the file what has no title.
        definition.as_object_mut().map(|definition| definition.insert("title".to_owned(), Value::from(name.as_str())));
    }
    schema.to_value()
}

/// Makes a schema follow the rules.
#[derive(Clone, Debug)]
struct ForTools {
    is_output: bool,
}

impl Transform for ForTools {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(object) = schema.as_object_mut() {
            if object.get("format").is_some_and(|format| format != "date-time") {
                object.shift_remove("format");
            }
            let bound = |key: &str| object.get(key).and_then(Value::as_u64);
            if bound("minItems") == bound("maxItems") && bound("maxItems") > Some(SERDE_ARRAY_MAX) {
                object.shift_remove("maxItems");
            }
            if self.is_output {
                open(object);
                absent_is_never_null(object);
                if is_words(object) {
                    add_to_description(object, OPEN_WORDS);
                }
            }
        }
        transform_subschemas(self, schema);
    }
}

fn open(object: &mut Map<String, Value>) {
    // What has one member is one of several, told apart by its name.
    let is_variant = object.get("properties").and_then(Value::as_object).is_some_and(|properties| properties.len() == 1);
    for key in ["additionalProperties", "unevaluatedProperties"] {
        if !is_variant && object.get(key) == Some(&Value::Bool(false)) {
            object.shift_remove(key);
        }
    }
}

fn absent_is_never_null(object: &mut Map<String, Value>) {
    let required = object.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let properties = object.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten();
    for (_, member) in properties.filter(|(name, _)| !required.iter().any(|known| known == *name)) {
        if let Some(member) = member.as_object_mut() {
            without_null(member);
        }
    }
}

fn without_null(member: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = member.get_mut("type") {
        types.retain(|of| of != "null");
        if let [of] = types.as_slice() {
            let of = of.clone();
            member.insert("type".to_owned(), of);
        }
    }
    if let Some(Value::Array(words)) = member.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    let Some(Value::Array(variants)) = member.get_mut("anyOf") else { return };
    variants.retain(|variant| variant["type"] != "null");
    if let [Value::Object(only)] = variants.as_slice() {
        let only = only.clone();
        member.shift_remove("anyOf");
        only.into_iter().for_each(|(key, value)| {
            member.entry(key).or_insert(value);
        });
    }
}

/// Whether it is a set of words: in a list, or each with a sentence.
fn is_words(object: &Map<String, Value>) -> bool {
    let each = object.get("oneOf").and_then(Value::as_array);
    object.contains_key("enum") || each.is_some_and(|words| words.iter().any(|word| word.get("const").is_some()))
}

fn add_to_description(object: &mut Map<String, Value>, more: &str) {
    let told = object.get("description").and_then(Value::as_str);
    let description = told.map_or_else(|| more.to_owned(), |told| format!("{told} {more}"));
    object.insert("description".to_owned(), Value::from(description));
}
