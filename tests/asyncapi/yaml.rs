//! JSON values as YAML in block style, and back.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

pub fn text(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text.trim_start().to_owned() + "\n"
}

/// Writes what follows a key or a dash, from the space or the line end on.
fn write(value: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (key, member) in members {
                text.push_str(&format!("\n{indent}{}:", scalar(key)));
                write(member, depth + 1, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                text.push_str(&format!("\n{indent}-"));
                write(item, depth + 1, text);
            }
        }
        Value::String(string) => text.push_str(&format!(" {}", scalar(string))),
        other => text.push_str(&format!(" {other}")),
    }
}

/// Plain where nobody could read it as anything else; a JSON string otherwise, which YAML reads alike.
fn scalar(string: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '$');
    let is_word = string.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$' || c == '_') && string.chars().all(plain);
    let is_other = ["true", "false", "null", "yes", "no", "on", "off"].contains(&string.to_ascii_lowercase().as_str());
    if is_word && !is_other { string.to_owned() } else { Value::from(string).to_string() }
}

pub fn parsed(text: &str) -> Value {
    let documents = Yaml::load_from_str(text).expect("valid YAML");
    assert_eq!(documents.len(), 1, "one document");
    json(&documents[0])
}

fn json(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Value(Scalar::String(text)) => Value::from(text.as_ref()),
        Yaml::Value(Scalar::Integer(integer)) => Value::from(*integer),
        Yaml::Value(Scalar::Boolean(value)) => Value::from(*value),
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Sequence(items) => items.iter().map(json).collect(),
        Yaml::Mapping(members) => {
            let member = |(key, value): (&Yaml<'_>, &Yaml<'_>)| (key.as_str().expect("keys are texts").to_owned(), json(value));
            Value::Object(members.iter().map(member).collect::<Map<_, _>>())
        }
        other => panic!("unexpected in a document of texts: {other:?}"),
    }
}
