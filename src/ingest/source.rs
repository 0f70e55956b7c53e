//! A topic of others, and the mapping of its records.

use std::sync::Arc;

use anyhow::{Context as _, ensure};

use crate::config::Settings;
use crate::kafka::Connection;
use crate::mapping::{Input, Mapping};

#[derive(Debug)]
pub struct Source {
    pub name: String,
    pub topic: String,
    pub mapping: Mapping,
}

/// The sources that have a topic.
///
/// # Errors
///
/// There is none, or a mapping cannot be used.
pub fn load(settings: &Settings) -> anyhow::Result<Vec<Arc<Source>>> {
    let mut sources = Vec::new();
    for (name, source) in &settings.sources {
        let (Some(topic), Some(format)) = (&source.topic, &source.format) else { continue };
        let mapping = Mapping::load(format).with_context(|| format!("the mapping of the source `{name}` cannot be used"))?;
        ensure!(
            mapping.input() != Input::Csv,
            "the source `{name}`: its mapping {format} is for CSV files, and a record of a topic is a JSON object; `seed` takes files"
        );
        sources.push(Arc::new(Source { name: name.clone(), topic: topic.clone(), mapping }));
    }
    ensure!(!sources.is_empty(), "there is nothing to ingest: set `topic` and `format` of a `[[sources]]` (docs/ingest.md)");
    Ok(sources)
}

impl Source {
    /// Its workers are members of one group with those of the other sources, under names of their own.
    pub fn connection(&self, connection: &Connection, input: &str) -> Connection {
        Connection {
            application_id: format!("{}-ingest", connection.application_id),
            instance_id: format!("{}-{}", connection.instance_id, self.name),
            topics: connection.topics.clone().feeding(&self.topic, input),
            ..connection.clone()
        }
    }
}
