//! The table of known settings, made from the types in `sections`: key, kind, default and meaning. One source for what is accepted,
//! what an error says, and what the reference prints.

use std::borrow::Cow;
use std::sync::LazyLock;

use config::ValueKind;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::Settings;

/// The key whose entries are librdkafka's names, not ours.
pub(super) const PROPERTIES: &str = "kafka.properties";

/// What has names that the operator gives: in the table, `deliver.targets.NAME.url` stands for each of them.
pub(super) const NAMED: [&str; 2] = ["deliver.targets.", "sources."];
/// Those that a file may also have as a list.
pub(super) const SOURCES: &str = "sources";
const NAME: &str = "NAME";

/// One setting.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// `section.key`, or `playbook`, which has no section.
    pub key: String,
    pub kind: Kind,
    /// As in TOML; where it depends on the machine or is no value, in words. Empty: not set.
    pub default: String,
    /// Sentences.
    pub meaning: String,
}

/// What a value must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Text,
    /// In a file, relative to the file.
    Path,
    /// A mapping that ships, by its name, or the path of a file; in a file, relative to the file.
    Mapping,
    /// A text that no message shows.
    Secret,
    /// A whole number, both ends included.
    Whole {
        min: i64,
        max: i64,
    },
    /// `true` or `false`.
    Flag,
    /// One of these, without regard to case.
    Choice(Vec<String>),
    /// A list of texts; in the environment and in flags, separated by commas.
    Texts,
    /// A table of librdkafka properties.
    Properties,
}

/// All settings, in the order in which they are declared.
pub fn table() -> &'static [Setting] {
    static TABLE: LazyLock<Vec<Setting>> = LazyLock::new(|| {
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let schema = settings.into_generator().into_root_schema_for::<Settings>();
        let mut table = Vec::new();
        collect("", schema.as_value(), &mut table);
        table
    });
    &TABLE
}

pub(super) fn find(key: &str) -> Option<&'static Setting> {
    let key = general(key);
    table().iter().find(|setting| setting.key == key)
}

/// The key as the table has it: without the operator's name.
pub(super) fn general(key: &str) -> Cow<'_, str> {
    let Some((named, rest)) = named(key) else { return key.into() };
    match rest.split_once('.') {
        None => format!("{named}{NAME}").into(),
        Some((_, field)) => format!("{named}{NAME}.{field}").into(),
    }
}

/// Whether the key is of something that the operator names: of what, and the rest.
pub(super) fn named(key: &str) -> Option<(&'static str, &str)> {
    NAMED.into_iter().find_map(|named| Some((named, key.strip_prefix(named)?)))
}

/// Where an unknown key most likely wanted to go, as the end of a sentence.
pub(super) fn hint(unknown: &str) -> String {
    let unknown = &*general(unknown);
    let parts = if named(unknown).is_some() { unknown.rsplit_once('.') } else { unknown.split_once('.') };
    let (section, name) = parts.unwrap_or(("", unknown));
    let sections = sections();
    let names: Vec<&str> = table().iter().filter_map(|setting| setting.key.strip_prefix(section)?.strip_prefix('.')).collect();
    // The right name in the wrong section is a better guess than any spelling.
    let moved = table().iter().map(|setting| setting.key.as_str()).find(|key| key.split_once('.').is_some_and(|(_, known)| known == name));
    let nearest = if let Some(key) = moved {
        Some(key.to_owned())
    } else if !names.is_empty() {
        nearest(name, names.iter().copied()).map(|known| format!("{section}.{known}"))
    } else {
        nearest(unknown, table().iter().map(|setting| setting.key.as_str()).chain(sections.iter().copied())).map(str::to_owned)
    };
    match nearest {
        Some(key) => format!("the nearest one is `{key}`"),
        None if names.is_empty() => format!("there are: {}", sections.join(", ")),
        None => format!("`{section}` has: {}", names.join(", ")),
    }
}

/// The sections, and `playbook`, which has none, in the order of the table.
fn sections() -> Vec<&'static str> {
    let mut sections: Vec<&str> = table().iter().map(|setting| setting.key.split('.').next().unwrap_or_default()).collect();
    sections.dedup();
    sections
}

/// The known name most like `unknown`, unless none is like it. Below 0.8 Jaro-Winkler calls words alike that share a few letters.
fn nearest<'a>(unknown: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let unknown = unknown.to_ascii_lowercase();
    let scored = known.map(|name| (strsim::jaro_winkler(&name.to_ascii_lowercase(), &unknown), name));
    scored.filter(|(score, _)| *score >= 0.8).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

impl Kind {
    /// In an error: what was expected.
    pub fn describe(&self) -> String {
        match self {
            Kind::Text => "a text in quotes".to_owned(),
            Kind::Secret => "a text in quotes (it is not shown here)".to_owned(),
            Kind::Path => "a path in quotes".to_owned(),
            Kind::Mapping => "the name of a mapping, or a path, in quotes".to_owned(),
            Kind::Whole { min, max: i64::MAX } => format!("a whole number of at least {min}"),
            Kind::Whole { min: i64::MIN, max } => format!("a whole number of at most {max}"),
            Kind::Whole { min, max } => format!("a whole number from {min} to {max}"),
            Kind::Flag => "true or false".to_owned(),
            Kind::Choice(names) => format!("one of {}", names.join(", ")),
            Kind::Texts => "a list of texts".to_owned(),
            Kind::Properties => "a table of librdkafka properties".to_owned(),
        }
    }

    /// The value in the type that the setting has, from a value that was typed by whoever wrote it (TOML).
    pub(super) fn check(&self, value: ValueKind) -> Result<ValueKind, String> {
        match (self, value) {
            (Kind::Text | Kind::Path | Kind::Mapping | Kind::Secret, ValueKind::String(text)) => Ok(ValueKind::String(text)),
            (Kind::Secret, _) => Err(format!("expected {}", self.describe())),
            (Kind::Whole { min, max }, ValueKind::I64(number)) if (*min..=*max).contains(&number) => Ok(ValueKind::I64(number)),
            (Kind::Flag, ValueKind::Boolean(flag)) => Ok(ValueKind::Boolean(flag)),
            (Kind::Choice(names), ValueKind::String(text)) => match names.iter().find(|name| name.eq_ignore_ascii_case(&text)) {
                Some(name) => Ok(ValueKind::String(name.clone())),
                None => Err(format!("expected {}, found {text:?}{}", self.describe(), nearest_choice(names, &text))),
            },
            (Kind::Texts, ValueKind::Array(items)) if items.iter().all(|item| matches!(item.kind, ValueKind::String(_))) => {
                Ok(ValueKind::Array(items))
            }
            (_, other) => Err(format!("expected {}, found {}", self.describe(), found(&other))),
        }
    }

    /// The value in the type that the setting has, from text (environment, flags).
    pub(super) fn parse(&self, text: &str) -> Result<ValueKind, String> {
        match self {
            // As in TOML, 5_000_000 is a number.
            Kind::Whole { .. } => match text.trim().replace('_', "").parse::<i64>() {
                Ok(number) => self.check(ValueKind::I64(number)),
                Err(_) => Err(format!("expected {}, found {text:?}", self.describe())),
            },
            Kind::Flag => match text.trim().to_ascii_lowercase().parse() {
                Ok(flag) => Ok(ValueKind::Boolean(flag)),
                Err(_) => Err(format!("expected {}, found {text:?}", self.describe())),
            },
            Kind::Texts => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Ok(ValueKind::Array(items.map(config::Value::from).collect()))
            }
            Kind::Text | Kind::Path | Kind::Mapping | Kind::Secret | Kind::Choice(_) => self.check(ValueKind::String(text.to_owned())),
            Kind::Properties => Err("expected a property: `kafka.properties.NAME`".to_owned()),
        }
    }
}

/// The text of a librdkafka property, which may be written as a number or a boolean.
pub(super) fn property_text(value: &ValueKind) -> Result<String, String> {
    match value {
        ValueKind::String(text) => Ok(text.clone()),
        ValueKind::Boolean(_) | ValueKind::I64(_) | ValueKind::Float(_) => Ok(value.to_string()),
        other => Err(format!("expected a text, a number or a boolean, found {}", found(other))),
    }
}

fn found(value: &ValueKind) -> String {
    match value {
        ValueKind::Nil => "nothing".to_owned(),
        ValueKind::Boolean(value) => format!("the boolean {value}"),
        ValueKind::String(text) => format!("the text {text:?}"),
        ValueKind::Float(number) => format!("the fraction {number}"),
        ValueKind::Table(_) => "a table".to_owned(),
        ValueKind::Array(_) => "a list (with something other than texts in it, or where none belongs)".to_owned(),
        number => format!("the number {number}"),
    }
}

fn nearest_choice(names: &[String], text: &str) -> String {
    nearest(text, names.iter().map(String::as_str)).map_or(String::new(), |name| format!("; the nearest one is `{name}`"))
}

/// Walks the schema of a struct; an object with named properties is a section, one whose other properties are such objects holds many.
fn collect(prefix: &str, schema: &Value, table: &mut Vec<Setting>) {
    let properties = schema["properties"].as_object().expect("a section is a struct with fields");
    for (name, field) in properties {
        let key = format!("{prefix}{name}");
        if field.get("properties").is_some() {
            collect(&format!("{key}."), field, table);
            continue;
        }
        if field["additionalProperties"].get("properties").is_some() {
            collect(&format!("{key}.{NAME}."), &field["additionalProperties"], table);
            continue;
        }
        let default = match (&field["x-default"], &field["default"]) {
            (Value::String(words), _) => words.clone(),
            (_, Value::Null | Value::Object(_)) => String::new(),
            (_, value) => value.to_string(),
        };
        let meaning = field["description"].as_str().unwrap_or_default().replace('\n', " ");
        table.push(Setting { kind: kind(&key, field), key, default, meaning });
    }
}

fn kind(key: &str, field: &Value) -> Kind {
    let choices = choices(field);
    if !choices.is_empty() {
        return Kind::Choice(choices);
    }
    // An optional field has the type ["string", "null"].
    let type_name = field["type"].as_str().or_else(|| field["type"][0].as_str());
    match (type_name, field["format"].as_str()) {
        (Some("string"), Some("path")) => Kind::Path,
        (Some("string"), Some("mapping")) => Kind::Mapping,
        (Some("string"), Some("secret")) => Kind::Secret,
        (Some("string"), _) => Kind::Text,
        (Some("integer"), Some("uint32")) => Kind::Whole { min: 0, max: i64::from(u32::MAX) },
        // TOML has no integer beyond i64.
        (Some("integer"), Some("uint64")) => Kind::Whole { min: 0, max: i64::MAX },
        (Some("integer"), Some("int64")) => Kind::Whole { min: i64::MIN, max: i64::MAX },
        (Some("boolean"), _) => Kind::Flag,
        (Some("array"), _) => Kind::Texts,
        (Some("object"), _) => Kind::Properties,
        other => panic!("the setting `{key}` has a type that no value is checked against: {other:?}"),
    }
}

/// The names of an enum, also where it is optional (`anyOf` it and null).
fn choices(field: &Value) -> Vec<String> {
    let names = field["enum"].as_array().into_iter().flatten().chain(field.get("const"));
    let mut choices: Vec<String> = names.filter_map(|name| name.as_str().map(str::to_owned)).collect();
    let variants = ["anyOf", "oneOf"].into_iter().filter_map(|key| field[key].as_array()).flatten();
    choices.extend(variants.flat_map(self::choices));
    choices
}
