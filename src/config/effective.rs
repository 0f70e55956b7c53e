//! The settings in force, as TOML that could be a settings file: what a person compares with what they meant.

use std::fmt::Write;

use serde_json::Value;

use super::keys::{Kind, NAMED, Setting, named, table};
use super::{Settings, kafka};

impl Settings {
    /// All settings in force as TOML, with secrets hidden. A value that is no default says where it came from; a setting that
    /// is not set is left out, or told in a comment where that means something.
    pub fn effective(&self) -> String {
        let values = serde_json::to_value(self).expect("settings are texts, numbers, lists and tables");
        let mut text = String::new();
        let mut section = "";
        for setting in table().iter().filter(|setting| named(&setting.key).is_none()) {
            let (of, name) = setting.key.split_once('.').unwrap_or(("", &setting.key));
            if of != section {
                section = of;
                let _ = write!(text, "\n[{section}]\n");
            }
            let pointer = format!("/{}", setting.key.replace('.', "/"));
            let value = values.pointer(&pointer).expect("the table and the values are made from the same types");
            self.write_setting(&mut text, (setting, &setting.key), name, value);
        }
        for named in NAMED {
            let pointer = format!("/{}", named.trim_end_matches('.').replace('.', "/"));
            for (given, of_name) in values.pointer(&pointer).and_then(Value::as_object).into_iter().flatten() {
                let _ = write!(text, "\n[{named}{given}]\n");
                for setting in table().iter().filter(|setting| setting.key.starts_with(named)) {
                    let name = setting.key.rsplit('.').next().unwrap_or_default();
                    self.write_setting(&mut text, (setting, &format!("{named}{given}.{name}")), name, &of_name[name]);
                }
            }
        }
        text
    }

    fn write_setting(&self, text: &mut String, (setting, key): (&Setting, &str), name: &str, value: &Value) {
        // Writing to a String cannot fail.
        let _ = match value {
            Value::Null if setting.default.is_empty() => Ok(()),
            Value::Null => writeln!(text, "# {name} is not set: {}", setting.default),
            Value::Object(properties) if setting.kind == Kind::Properties => properties.iter().try_for_each(|(property, value)| {
                let origin = self.origin_comment(&kafka::property_key(property));
                writeln!(text, "properties.{} = {}{origin}", toml_text(property), toml_value(value))
            }),
            value => writeln!(text, "{name} = {}{}", toml_value(value), self.origin_comment(key)),
        };
    }

    fn origin_comment(&self, key: &str) -> String {
        self.origin(key).map_or(String::new(), |origin| format!("  # {origin}"))
    }
}

fn toml_value(value: &Value) -> String {
    match value {
        Value::String(text) => toml_text(text),
        Value::Array(items) => format!("[{}]", items.iter().map(toml_value).collect::<Vec<_>>().join(", ")),
        number => number.to_string(),
    }
}

/// JSON's escapes are TOML's, but for DEL, which JSON leaves as it is.
fn toml_text(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
