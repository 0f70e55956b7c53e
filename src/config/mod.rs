//! The settings of the service: defaults < file (TOML) < environment (`ADOPTION__SECTION__KEY`) < flags (`--set section.key=value`).
//!
//! | file | subject |
//! |---|---|
//! | `sections` | the settings themselves, documented where they are declared, and their defaults |
//! | `keys` | the table of known keys, made from `sections`: what an unknown or ill-typed key is compared with |
//! | `layers` | file, environment and flags as checked layers; every value knows where it came from |
//! | `kafka` | librdkafka properties: which are refused, which client gets which |
//! | `topics` | names that Kafka takes |
//! | `validate` | relations between settings |
//! | `api` | what the HTTP API may do without: off loopback, neither authentication nor TLS |
//! | `deliver` | targets of deliveries: what each kind needs |
//! | `sources` | topics of others, and `ingest` |
//! | `effective` | the settings in force as TOML, secrets hidden |
//!
//! Nothing here knows rdkafka, and nothing outside reads the environment or the file.

mod api;
mod deliver;
mod effective;
mod kafka;
mod keys;
mod layers;
mod sections;
mod sources;
mod topics;
mod validate;

pub use api::SCOPES;
pub use deliver::url_problem;
pub use keys::{Kind, Setting, table};
pub use sections::{
    Api, Commit, Deliver, DeliverBegin, DeliverKind, DeliverTarget, Engine, GroupProtocol, Http, Ingest, Kafka, Log, LogFormat,
    MissingHistory, SaslMechanism, Secret, SecurityProtocol, Settings, Source, State, Topics, Watchdog,
};

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use layers::Layer;

/// Where each setting that is not a default came from, by key. A librdkafka property's key is `kafka.properties."name"`.
pub(crate) type Origins = BTreeMap<String, String>;

/// One thing that is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingProblem {
    /// The file, environment variable or flag that said it; `default` where nobody did.
    pub origin: String,
    pub message: String,
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.message)
    }
}

/// Why the settings were refused: everything that is wrong at once, so that nobody mends them one start at a time.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Never empty.
    pub problems: Vec<SettingProblem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [problem] = self.problems.as_slice() {
            return write!(f, "{problem}");
        }
        write!(f, "the settings have {} problems:", self.problems.len())?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for ConfigError {}

impl Settings {
    /// Loads, merges and checks the settings: defaults, then `config_file`, then the process's environment, then `overrides`
    /// (key and value as written, `kafka.brokers` and `10.0.0.1:9092`).
    ///
    /// A path in the file is relative to the file; a path in the environment or a flag is relative to the working directory.
    ///
    /// # Errors
    ///
    /// An unreadable file, an unknown key, a value of the wrong type, a broken relation: all that can be said at once.
    pub fn load(config_file: Option<&Path>, overrides: &[(String, String)]) -> Result<Self, ConfigError> {
        Self::load_with(config_file, std::env::vars_os(), overrides)
    }

    /// [`Settings::load`] with the environment as an argument, for tests: a process has only one environment.
    pub fn load_with(
        config_file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        overrides: &[(String, String)],
    ) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let mut origins = Origins::new();
        let file = config_file.map(|path| Layer::from_file(path, &mut problems));
        let layers =
            [file.unwrap_or_default(), Layer::from_environment(environment, &mut problems), Layer::from_flags(overrides, &mut problems)];
        if !problems.is_empty() {
            return Err(ConfigError { problems });
        }
        let mut builder = config::Config::builder();
        for layer in layers {
            origins.extend(layer.origins());
            builder = builder.add_source(layer);
        }
        let mut settings: Settings = builder.build().and_then(config::Config::try_deserialize).map_err(|error| ConfigError {
            problems: vec![SettingProblem { origin: "settings".to_owned(), message: error.to_string() }],
        })?;
        settings.origins = origins;
        problems.extend(settings.read_secret_files());
        problems.extend(settings.validate());
        if problems.is_empty() { Ok(settings) } else { Err(ConfigError { problems }) }
    }

    /// The mapping that is meant by a source: that of one of the settings, else what it says itself.
    pub fn format_of<'s>(&'s self, source: &'s str) -> &'s str {
        self.sources.get(source).and_then(|source| source.format.as_deref()).unwrap_or(source)
    }

    /// The input topic that `ingest` writes to. There is one, in settings that were loaded.
    pub fn ingest_input(&self) -> &str {
        self.ingest.input.as_deref().unwrap_or(&self.topics.inputs[0])
    }

    /// The file, variable or flag that set `key`; `None`: the default stands.
    pub fn origin(&self, key: &str) -> Option<&str> {
        self.origins.get(key).map(String::as_str)
    }
}

#[cfg(test)]
mod tests;
