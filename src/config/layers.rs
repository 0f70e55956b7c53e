//! File, environment and flags as layers of checked values. A layer holds only known keys with values of the right type; what it
//! could not take is a problem that names the file, the variable or the flag.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use config::{ConfigError, File, FileFormat, Map, Source, Value, ValueKind};

use super::keys::{self, Kind, PROPERTIES, SOURCES, property_text};
use super::validate::is_name;
use super::{Origins, SettingProblem, kafka};

/// What environment variables of the service begin with.
const PREFIX: &str = "ADOPTION__";

/// One layer: values by key, each with its origin. Given to the `config` crate, which lays one over the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    settings: BTreeMap<String, (ValueKind, String)>,
    properties: BTreeMap<String, (String, String)>,
}

impl Layer {
    pub(super) fn from_file(path: &Path, problems: &mut Vec<SettingProblem>) -> Self {
        let origin = path.display().to_string();
        let mut layer = Self::default();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                problems.push(SettingProblem { origin, message: format!("the settings file cannot be read: {error}") });
                return layer;
            }
        };
        match File::from_str(&text, FileFormat::Toml).collect() {
            Ok(tree) => layer.take_tree("", tree, path, problems),
            Err(error) => problems.push(SettingProblem { origin, message: format!("not TOML: {}", without_secrets(&error.to_string())) }),
        }
        layer
    }

    pub(super) fn from_environment(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        problems: &mut Vec<SettingProblem>,
    ) -> Self {
        let mut layer = Self::default();
        let mut variables: Vec<(OsString, OsString)> =
            environment.into_iter().filter(|(name, _)| name.to_string_lossy().starts_with(PREFIX)).collect();
        // The environment has no order; problems should have one.
        variables.sort();
        for (name, value) in variables {
            let origin = name.to_string_lossy().into_owned();
            match (name.to_str(), value.to_str()) {
                (Some(name), Some(value)) => layer.take_text(&key_of_variable(&name[PREFIX.len()..]), value, &origin, problems),
                _ => problems.push(SettingProblem { origin, message: "the variable is not UTF-8".to_owned() }),
            }
        }
        layer
    }

    pub(super) fn from_flags(overrides: &[(String, String)], problems: &mut Vec<SettingProblem>) -> Self {
        let mut layer = Self::default();
        for (key, value) in overrides {
            layer.take_text(key, value, &format!("--set {key}"), problems);
        }
        layer
    }

    /// Key and origin of everything in the layer.
    pub(super) fn origins(&self) -> Origins {
        let settings = self.settings.iter().map(|(key, (_, origin))| (key.clone(), origin.clone()));
        let properties = self.properties.iter().map(|(name, (_, origin))| (kafka::property_key(name), origin.clone()));
        settings.chain(properties).collect()
    }

    fn take_tree(&mut self, prefix: &str, tree: Map<String, Value>, path: &Path, problems: &mut Vec<SettingProblem>) {
        let origin = path.display().to_string();
        let mut entries: Vec<(String, Value)> = tree.into_iter().collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, value) in entries {
            let key = format!("{prefix}{name}");
            match (keys::find(&key), value.kind) {
                (Some(setting), ValueKind::Table(properties)) if setting.kind == Kind::Properties => {
                    self.take_properties("", properties, &origin, problems);
                }
                (Some(setting), value) => match setting.kind.check(value) {
                    Ok(value) => {
                        let is_path = setting.kind == Kind::Path || setting.kind == Kind::Mapping && is_file(&value);
                        let value = if is_path { beside(path, value) } else { value };
                        self.settings.insert(key, (value, origin.clone()));
                    }
                    Err(message) => problems.push(SettingProblem { origin: origin.clone(), message: format!("`{key}`: {message}") }),
                },
                (None, ValueKind::Array(sources)) if key == SOURCES => self.take_sources(sources, path, problems),
                (None, ValueKind::Table(section)) if is_section(&key) => self.take_tree(&format!("{key}."), section, path, problems),
                (None, value) if is_section(&key) => problems.push(SettingProblem {
                    origin: origin.clone(),
                    message: format!("`{key}` is a section: expected a table `[{key}]`, found {value}"),
                }),
                (None, _) => problems.push(unknown(&key, &origin)),
            }
        }
    }

    /// `[[sources]]`, which have their names within.
    fn take_sources(&mut self, sources: Vec<Value>, path: &Path, problems: &mut Vec<SettingProblem>) {
        for (index, source) in sources.into_iter().enumerate() {
            let mut refuse = |message: String| {
                let message = format!("`[[sources]]`, the {}.: {message}", index + 1);
                problems.push(SettingProblem { origin: path.display().to_string(), message });
            };
            let ValueKind::Table(mut source) = source.kind else {
                refuse("expected a table".to_owned());
                continue;
            };
            let text = |value: &Value| value.clone().into_string().ok();
            let Some(name) = source.remove("name").or_else(|| source.get("topic").cloned()).as_ref().and_then(text) else {
                refuse("it has neither a `name` nor a `topic` that is a text".to_owned());
                // For what is wrong with its keys.
                self.take_tree(&format!("{SOURCES}.NAME."), source, path, problems);
                continue;
            };
            let prefix = format!("{SOURCES}.{name}.");
            if !is_name(&name) {
                refuse(format!("its name is {name:?}; set `name`, of the characters a-z 0-9 _ -"));
            } else if source.is_empty() {
                refuse(format!("`{name}` has no `format`: expected a mapping that ships (`adoption-tracker map --list`), or a file"));
            } else if self.settings.keys().any(|key| key.starts_with(&prefix)) {
                refuse(format!("`{name}` is the name of a source before it, too; give it another by `name`"));
            } else {
                self.take_tree(&prefix, source, path, problems);
            }
        }
    }

    /// `session.timeout.ms = 6000` without quotes is three nested tables in TOML: taken as what it says.
    fn take_properties(&mut self, prefix: &str, tree: Map<String, Value>, origin: &str, problems: &mut Vec<SettingProblem>) {
        for (name, value) in tree {
            let name = format!("{prefix}{name}");
            match value.kind {
                ValueKind::Table(nested) => self.take_properties(&format!("{name}."), nested, origin, problems),
                value => match property_text(&value) {
                    Ok(text) => {
                        self.properties.insert(name, (text, origin.to_owned()));
                    }
                    Err(message) => {
                        let message = format!("`{}`: {message}", kafka::property_key(&name));
                        problems.push(SettingProblem { origin: origin.to_owned(), message });
                    }
                },
            }
        }
    }

    fn take_text(&mut self, key: &str, text: &str, origin: &str, problems: &mut Vec<SettingProblem>) {
        let property = key.strip_prefix(PROPERTIES).and_then(|rest| rest.strip_prefix('.')).filter(|name| !name.is_empty());
        if let Some(name) = property {
            self.properties.insert(name.to_owned(), (text.to_owned(), origin.to_owned()));
            return;
        }
        match keys::find(key).map(|setting| setting.kind.parse(text)) {
            Some(Ok(value)) => {
                self.settings.insert(key.to_owned(), (value, origin.to_owned()));
            }
            Some(Err(message)) => problems.push(SettingProblem { origin: origin.to_owned(), message: format!("`{key}`: {message}") }),
            None => problems.push(unknown(key, origin)),
        }
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        let mut tree: Map<String, Value> = Map::new();
        for (key, (value, origin)) in &self.settings {
            place(&mut tree, key, Value::new(Some(origin), value.clone()));
        }
        if !self.properties.is_empty() {
            let named = |(name, (text, origin)): (&String, &(String, String))| (name.clone(), Value::new(Some(origin), text.as_str()));
            let properties: Map<String, Value> = self.properties.iter().map(named).collect();
            let (section, name) = PROPERTIES.split_once('.').expect("the key of the properties has a section");
            insert(&mut tree, section, name.to_owned(), Value::from(properties));
        }
        Ok(tree)
    }
}

/// Puts a value into the section of a section that its key names.
fn place(tree: &mut Map<String, Value>, key: &str, value: Value) {
    let Some((section, rest)) = key.split_once('.') else {
        tree.insert(key.to_owned(), value);
        return;
    };
    let table = tree.entry(section.to_owned()).or_insert_with(|| Value::from(Map::<String, Value>::new()));
    if let ValueKind::Table(entries) = &mut table.kind {
        place(entries, rest, value);
    }
}

fn insert(tree: &mut Map<String, Value>, section: &str, name: String, value: Value) {
    let table = tree.entry(section.to_owned()).or_insert_with(|| Value::from(Map::<String, Value>::new()));
    if let ValueKind::Table(entries) = &mut table.kind {
        entries.insert(name, value);
    }
}

/// A syntax error quotes the line it is in, which may be a password that lacks its quotes.
fn without_secrets(message: &str) -> String {
    let lines = message.trim().lines().map(|line| if kafka::is_secret(line) { "  | (a line with a secret)" } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

fn is_section(key: &str) -> bool {
    let key = &*keys::general(key);
    keys::table().iter().any(|setting| setting.key.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
}

fn unknown(key: &str, origin: &str) -> SettingProblem {
    SettingProblem { origin: origin.to_owned(), message: format!("`{key}` is not a setting; {}", keys::hint(key)) }
}

/// Whether a mapping is a file, and none that ships.
fn is_file(value: &ValueKind) -> bool {
    matches!(value, ValueKind::String(text) if text.contains(['/', '\\', '.']))
}

/// A relative path in a file is relative to the file, wherever the process was started.
fn beside(file: &Path, value: ValueKind) -> ValueKind {
    match (value, file.parent()) {
        (ValueKind::String(path), Some(folder)) => ValueKind::String(folder.join(path).display().to_string()),
        (value, _) => value,
    }
}

/// `KAFKA__BROKERS` → `kafka.brokers`; `KAFKA__PROPERTIES__CLIENT_RACK` → `kafka.properties.client.rack`, since no shell can set a
/// variable with a dot in its name. A name that has dots all the same is taken as it is.
fn key_of_variable(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let parts: Vec<&str> = name.split("__").collect();
    let key = parts.join(".");
    match key.strip_prefix(PROPERTIES).and_then(|rest| rest.strip_prefix('.')) {
        Some(property) if !property.contains('.') => format!("{PROPERTIES}.{}", kafka::property_of_variable(property)),
        _ => key,
    }
}
