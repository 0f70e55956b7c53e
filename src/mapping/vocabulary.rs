//! What a native record may have, read out of the schemas of the input types: a field that is new there is known here.

use std::sync::LazyLock;

use serde_json::Value;

use crate::input::{DATE_PATTERN, wire};

/// A type of native record.
#[derive(Debug)]
pub struct NativeType {
    /// Its `type`.
    pub word: String,
    /// All but `type`, those of every record first.
    pub fields: Vec<NativeField>,
}

#[derive(Debug)]
pub struct NativeField {
    pub name: String,
    pub kind: NativeKind,
    pub is_required: bool,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum NativeKind {
    Time,
    Date,
    Integer,
    Decimal,
    Boolean,
    Text,
    /// One of these words.
    Choice(Vec<String>),
    List(Box<NativeKind>),
    /// With these members.
    Object(Vec<(String, NativeKind)>),
    /// With members that the sender names.
    Names(Box<NativeKind>),
}

impl NativeKind {
    /// In a sentence: `expected …`.
    pub fn described(&self) -> String {
        match self {
            NativeKind::Time => "a time".to_owned(),
            NativeKind::Date => "a date".to_owned(),
            NativeKind::Integer => "a whole number".to_owned(),
            NativeKind::Decimal => "a number".to_owned(),
            NativeKind::Boolean => "true or false".to_owned(),
            NativeKind::Text => "a text".to_owned(),
            NativeKind::Choice(words) => format!("one of {}", words.join(", ")),
            NativeKind::List(_) => "a list".to_owned(),
            NativeKind::Object(_) | NativeKind::Names(_) => "an object".to_owned(),
        }
    }
}

/// Every type, in the order of the input's list.
pub fn native_types() -> &'static [NativeType] {
    static TYPES: LazyLock<Vec<NativeType>> = LazyLock::new(|| wire::schemas().iter().map(|(_, schema)| native_type(schema)).collect());
    &TYPES
}

fn native_type(schema: &Value) -> NativeType {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let fields = schema["properties"].as_object().into_iter().flatten().filter(|(name, _)| *name != "type");
    let fields = fields.map(|(name, of)| NativeField {
        name: name.clone(),
        kind: if name == "time" { NativeKind::Time } else { kind(of) },
        is_required: required.contains(&name.as_str()),
    });
    let word = schema["title"].as_str().expect("a schema has the type's name as its title");
    NativeType { word: word.to_owned(), fields: fields.collect() }
}

/// What a schema describes, leaving aside that it may be `null`.
fn kind(schema: &Value) -> NativeKind {
    let is_null = |schema: &&Value| schema["type"] != "null";
    if let Some(one) = schema["anyOf"].as_array().and_then(|any| any.iter().find(is_null)) {
        return kind(one);
    }
    let words = |values: &[Value]| values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if let Some(values) = schema["enum"].as_array() {
        return NativeKind::Choice(words(values));
    }
    if let Some(values) = schema["oneOf"].as_array() {
        return NativeKind::Choice(words(&values.iter().map(|value| value["const"].clone()).collect::<Vec<_>>()));
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().find(|name| *name != "null").and_then(Value::as_str),
        other => other.as_str(),
    };
    match types {
        Some("integer") => NativeKind::Integer,
        Some("number") => NativeKind::Decimal,
        Some("boolean") => NativeKind::Boolean,
        Some("array") => NativeKind::List(Box::new(kind(&schema["items"]))),
        Some("object") => match schema["properties"].as_object() {
            Some(properties) => NativeKind::Object(properties.iter().map(|(name, of)| (name.clone(), kind(of))).collect()),
            None => NativeKind::Names(Box::new(NativeKind::Text)),
        },
        _ if schema["pattern"] == DATE_PATTERN => NativeKind::Date,
        _ => NativeKind::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_the_input_with_their_kinds() {
        let field = |of: &str, name: &str| {
            let native = native_types().iter().find(|native| native.word == of).unwrap_or_else(|| panic!("{of}"));
            native.fields.iter().find(|field| field.name == name).unwrap_or_else(|| panic!("{of}.{name}"))
        };
        for (of, name, kind, is_required) in [
            ("usage", "time", NativeKind::Time, true),
            ("usage", "id", NativeKind::Text, false),
            ("usage", "quantity", NativeKind::Integer, false),
            ("gauge", "value", NativeKind::Decimal, true),
            ("entitlement", "starts", NativeKind::Date, false),
            ("entitlement", "addons", NativeKind::List(Box::new(NativeKind::Text)), false),
            ("user", "internal", NativeKind::Boolean, false),
            ("user", "level", NativeKind::Choice(["ic", "manager", "executive"].map(str::to_owned).to_vec()), false),
            ("account", "ids", NativeKind::Names(Box::new(NativeKind::Text)), false),
        ] {
            let found = field(of, name);
            assert_eq!((&found.kind, found.is_required), (&kind, is_required), "{of}.{name}");
        }
        let NativeKind::Object(members) = &field("account", "contract").kind else { panic!("an object") };
        assert_eq!(members.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["starts", "renewal", "arr"]);
        let NativeKind::List(cleared) = &field("user", "clear").kind else { panic!("a list") };
        assert!(matches!(&**cleared, NativeKind::Choice(words) if words.contains(&"left".to_owned())), "{cleared:?}");
        assert_eq!(native_types().len(), crate::input::InputType::ALL.len());
    }
}
