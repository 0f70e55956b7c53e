//! Arguments of tools: an object, read by the schema of the struct that it becomes. One place says what there is, what it may be, and what agents are
//! told of it.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::refusal::{Refusal, Result};
use crate::playbook::nearest;

/// An object by its keys.
pub type Arguments = Map<String, Value>;

/// The schema of a struct of arguments, without references, and plain: an argument that may be left out has the one type that it has otherwise.
pub fn schema<A: JsonSchema>() -> Arguments {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = Schema::to_value(settings.into_generator().into_root_schema_for::<A>());
    plain(&mut schema);
    match schema {
        Value::Object(mut schema) => {
            schema.remove("title");
            schema.remove("description");
            schema
        }
        _ => unreachable!("a struct is an object"),
    }
}

/// Takes out what only says that a value may be null, and formats of Rust.
fn plain(schema: &mut Value) {
    match schema {
        Value::Array(parts) => parts.iter_mut().for_each(plain),
        Value::Object(of) => {
            if of.get("format").is_some_and(|format| format == "uint16" || format == "uint32" || format == "uint64") {
                of.remove("format");
            }
            if let Some(Value::Array(kinds)) = of.get("type")
                && let Some(only) = kinds.iter().find(|kind| **kind != "null").cloned()
            {
                of.insert("type".to_owned(), only);
            }
            if let Some(Value::Array(parts)) = of.get("anyOf")
                && let Some(Value::Object(only)) = parts.iter().find(|part| part["type"] != "null").cloned()
            {
                of.remove("anyOf");
                only.into_iter().for_each(|(key, value)| _ = of.entry(key).or_insert(value));
            }
            if let Some(choices) = of.get_mut("enum").and_then(Value::as_array_mut) {
                choices.retain(|choice| !choice.is_null());
            }
            of.values_mut().for_each(plain);
        }
        _ => {}
    }
}

/// # Errors
///
/// An argument that there is not, that is of another kind or out of its bounds, or that is missing.
pub fn read<A: DeserializeOwned>(schema: &Arguments, arguments: &Arguments) -> Result<A> {
    let known = schema.get("properties").and_then(Value::as_object);
    let known = || known.into_iter().flatten();
    let mut values = Map::new();
    // What is null is left out: not every client can leave a key out.
    for (name, value) in arguments.iter().filter(|(_, value)| !value.is_null()) {
        let Some((_, of)) = known().find(|(known, _)| *known == name) else {
            let names: Vec<&str> = known().map(|(name, _)| name.as_str()).collect();
            let shown: String = name.chars().take(64).collect();
            let detail = format!("{shown:?} is not an argument of this tool; there are {}", names.join(", "));
            return Err(Refusal::bad_request(&shown, detail).near(nearest(name, names)));
        };
        check(name, of, value)?;
        values.insert(name.clone(), value.clone());
    }
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    if let Some(missing) = required.into_iter().find(|name| !values.contains_key(*name)) {
        return Err(Refusal::bad_request(missing, format!("the argument {missing} is missing")));
    }
    serde_json::from_value(Value::Object(values))
        .map_err(|error| Refusal::bad_request("arguments", format!("they cannot be read: {error}")))
}

/// Whether a value is as its schema has it: of the kinds that arguments have.
fn check(name: &str, of: &Value, value: &Value) -> Result<()> {
    let expected = |what: &str| {
        let shown: String = value.to_string().chars().take(64).collect();
        Refusal::bad_request(name, format!("{name}: expected {what}, found {shown}"))
    };
    match of["type"].as_str() {
        Some("boolean") if !value.is_boolean() => Err(expected("true or false")),
        Some("integer") => {
            let (min, max) = (of["minimum"].as_u64().unwrap_or(0), of["maximum"].as_u64().unwrap_or(u64::MAX));
            if value.as_u64().is_some_and(|number| (min..=max).contains(&number)) {
                return Ok(());
            }
            Err(expected(&if max == u64::MAX {
                format!("a whole number of at least {min}")
            } else {
                format!("a whole number from {min} to {max}")
            }))
        }
        Some("array") => {
            let Some(items) = value.as_array() else { return Err(expected("a list")) };
            let most = of["maxItems"].as_u64().unwrap_or(u64::MAX);
            if items.is_empty() || items.len() as u64 > most {
                return Err(expected(&format!("a list of 1 to {most}")));
            }
            items.iter().zip(0..).try_for_each(|(item, place)| check(&format!("{name}[{place}]"), &of["items"], item))
        }
        Some("boolean") => Ok(()),
        _ => text(name, of, value, &expected),
    }
}

fn text(name: &str, of: &Value, value: &Value, expected: &dyn Fn(&str) -> Refusal) -> Result<()> {
    let Some(text) = value.as_str() else { return Err(expected("a text")) };
    let choices = choices(of);
    if !choices.is_empty() && !choices.contains(&text) {
        let detail = expected(&format!("one of {}", choices.join(", "))).detail;
        return Err(Refusal::bad_request(name, detail).near(nearest(text, choices)));
    }
    let (min, max) = (of["minLength"].as_u64().unwrap_or(0), of["maxLength"].as_u64().unwrap_or(u64::MAX));
    if (min..=max).contains(&(text.chars().count() as u64)) { Ok(()) } else { Err(expected(&format!("{min} to {max} characters"))) }
}

/// The words of an enum: in a list, or each with a sentence.
fn choices(of: &Value) -> Vec<&str> {
    let words = of["enum"].as_array().into_iter().flatten().chain(of.get("const")).filter_map(Value::as_str);
    words.chain(of["oneOf"].as_array().into_iter().flatten().flat_map(choices)).collect()
}
