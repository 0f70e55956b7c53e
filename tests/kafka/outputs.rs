//! What the service should have published, what it did publish, and how the two differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::service::run_to_end;
use crate::stream::rfc3339;
use crate::topics::Record;

/// The output topics on which nothing may be lost, doubled or different. (The compacted ones promise the last state only.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    StageChanges,
    Signals,
    Alerts,
    Plays,
}

impl Channel {
    pub const ALL: [Channel; 4] = [Channel::StageChanges, Channel::Signals, Channel::Alerts, Channel::Plays];

    /// The topic's name after the prefix.
    pub fn suffix(self) -> &'static str {
        match self {
            Channel::StageChanges => "stage-changes.v1",
            Channel::Signals => "signals.v1",
            Channel::Alerts => "alerts.v1",
            Channel::Plays => "plays.v1",
        }
    }

    fn of(kind: &str) -> Option<Self> {
        if kind.starts_with("adoption.product_stage.") || kind.starts_with("adoption.account_stage.") {
            Some(Channel::StageChanges)
        } else if ["band", "segment", "milestone"].iter().any(|signal| kind.starts_with(&format!("adoption.{signal}."))) {
            Some(Channel::Signals)
        } else if kind.starts_with("adoption.alert.") {
            Some(Channel::Alerts)
        } else if kind.starts_with("adoption.play.") {
            Some(Channel::Plays)
        } else {
            None
        }
    }
}

/// The CloudEvents attributes that are compared.
const ATTRIBUTES: [&str; 8] = ["id", "source", "specversion", "type", "subject", "time", "datacontenttype", "dataschema"];

/// One published event, whichever way it was carried.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    attributes: BTreeMap<&'static str, String>,
    pub data: Value,
}

impl Output {
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    /// A line of `replay`: a structured CloudEvent.
    fn from_structured(line: &str) -> Result<Self> {
        let mut event: Value = serde_json::from_str(line).with_context(|| format!("replay printed {line}"))?;
        let data = event.get_mut("data").map(Value::take).context("an event without data")?;
        let attribute = |name: &str| event.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Self::new(attribute, data))
    }

    /// A Kafka record: a CloudEvent in binary mode.
    pub fn from_record(record: &Record) -> Result<Self> {
        let payload = record.payload.as_deref().context("a tombstone among the outputs")?;
        let data = serde_json::from_slice(payload).context("the value is not JSON")?;
        let attribute = |name: &str| {
            let header = match name {
                "datacontenttype" => "content-type".to_owned(),
                other => format!("ce_{other}"),
            };
            record.header(&header).map(str::to_owned)
        };
        Ok(Self::new(attribute, data))
    }

    fn new(attribute: impl Fn(&str) -> Option<String>, data: Value) -> Self {
        let attributes = ATTRIBUTES.iter().filter_map(|name| Some((*name, attribute(name)?))).collect();
        Self { attributes, data }
    }

    fn account(&self) -> &str {
        let subject = self.attribute("subject");
        subject.split('/').next().unwrap_or(subject)
    }
}

impl fmt::Display for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in ["type", "subject", "time", "id"] {
            write!(formatter, "{} ", self.attribute(name))?;
        }
        write!(formatter, "{}", self.data)
    }
}

/// Per topic and account, in order. Across accounts no order is promised.
pub type Outputs = BTreeMap<(Channel, String), Vec<Output>>;

/// What `replay` says of the same lines, lived through up to `until_ms`.
pub fn replayed(input: &Path, playbook: Option<&Path>, until_ms: i64) -> Result<Outputs> {
    let until = rfc3339(until_ms);
    let directory = input.parent().context("the input lies in a directory")?;
    let text = |path: &Path| path.to_str().map(str::to_owned).context("test paths are UTF-8");
    let mut arguments = vec!["replay".to_owned(), "--until".to_owned(), until];
    if let Some(playbook) = playbook {
        arguments.extend(["--playbook".to_owned(), text(playbook)?]);
    }
    arguments.push(text(input)?);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = run_to_end(&arguments, directory, Duration::from_secs(180))?;
    ensure!(outcome.status.success(), "replay ended with {}:\n{}", outcome.status, outcome.stderr);

    let mut outputs = Outputs::new();
    for line in outcome.stdout.lines() {
        let output = Output::from_structured(line)?;
        if let Some(channel) = Channel::of(output.attribute("type")) {
            let account = output.account().to_owned();
            outputs.entry((channel, account)).or_default().push(output);
        }
    }
    Ok(outputs)
}

/// Sorts the records of one topic by account, and checks what holds for every single record: key, topic, partition.
pub fn add_published(channel: Channel, records: &[Record], published: &mut Outputs) -> Result<()> {
    let mut partitions: BTreeMap<String, i32> = BTreeMap::new();
    // Targets are the fleet's, which a replay does not follow from day to day.
    for record in records.iter().filter(|record| record.header("ce_type") != Some("adoption.target.crossed")) {
        let place = || format!("{} {}/{}", channel.suffix(), record.partition, record.offset);
        let output = Output::from_record(record).with_context(place)?;
        let account = record.key_text().with_context(place)?.to_owned();
        ensure!(account == output.account(), "{}: key {account}, but subject {}", place(), output.attribute("subject"));
        ensure!(Channel::of(output.attribute("type")) == Some(channel), "{}: an event of type {}", place(), output.attribute("type"));
        let partition = *partitions.entry(account.clone()).or_insert(record.partition);
        ensure!(partition == record.partition, "{}: {account} is also in partition {partition}, so that its events have no order", place());
        published.entry((channel, account)).or_default().push(output);
    }
    Ok(())
}

pub fn count(outputs: &Outputs) -> usize {
    outputs.values().map(Vec::len).sum()
}

/// How outputs differ from what was expected.
#[derive(Debug)]
pub struct Difference {
    pub summary: String,
    pub details: Vec<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 6;
        write!(formatter, "{}", self.summary)?;
        for detail in self.details.iter().take(SHOWN) {
            write!(formatter, "\n  {detail}")?;
        }
        if self.details.len() > SHOWN { write!(formatter, "\n  ...") } else { Ok(()) }
    }
}

/// `None` where nothing is lost, nothing doubled, nothing different and nothing out of order.
pub fn difference(expected: &Outputs, published: &Outputs) -> Option<Difference> {
    let (mut lost, mut doubled, mut foreign, mut altered, mut disordered) = (0, 0, 0, 0, 0);
    let mut details = Vec::new();

    let mut seen = BTreeSet::new();
    for output in published.values().flatten() {
        if !seen.insert(output.attribute("id")) {
            doubled += 1;
            details.push(format!("doubled   {output}"));
        }
    }

    let keys: BTreeSet<_> = expected.keys().chain(published.keys()).collect();
    let nothing = Vec::new();
    for key in keys {
        let want = expected.get(key).unwrap_or(&nothing);
        let have = published.get(key).unwrap_or(&nothing);
        if want == have {
            continue;
        }
        let wanted: BTreeMap<&str, &Output> = want.iter().map(|output| (output.attribute("id"), output)).collect();
        let had: BTreeMap<&str, &Output> = have.iter().map(|output| (output.attribute("id"), output)).collect();
        for (id, output) in &wanted {
            match had.get(id) {
                None => {
                    lost += 1;
                    details.push(format!("lost      {output}"));
                }
                Some(other) if other != output => {
                    altered += 1;
                    details.push(format!("expected  {output}\n  but was {other}"));
                }
                Some(_) => {}
            }
        }
        for (id, output) in &had {
            if !wanted.contains_key(id) {
                foreign += 1;
                details.push(format!("surplus   {output}"));
            }
        }
        let order = |outputs: &[Output]| -> Vec<String> {
            let mut once = BTreeSet::new();
            outputs
                .iter()
                .map(|output| output.attribute("id").to_owned())
                .filter(|id| wanted.contains_key(id.as_str()) && had.contains_key(id.as_str()) && once.insert(id.clone()))
                .collect()
        };
        if order(want) != order(have) {
            disordered += 1;
            details.push(format!("order     of {} in {}", key.1, key.0.suffix()));
        }
    }

    if details.is_empty() {
        if expected == published {
            return None;
        }
        details.push("the expectation itself repeats an id".to_owned());
    }
    let summary = format!(
        "expected {} outputs, found {}: {lost} lost, {doubled} doubled, {foreign} surplus, {altered} different, \
         {disordered} accounts out of order",
        count(expected),
        count(published),
    );
    Some(Difference { summary, details })
}
