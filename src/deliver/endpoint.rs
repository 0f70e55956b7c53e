//! Where a target's outputs go, and what is sent there.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};

use super::signature;
use super::slack::Words;
use super::told::Told;
use crate::config::{DeliverTarget, Secret, url_problem};
use crate::kafka::subscriber::Record;
use crate::output::structured;

/// To whom of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// The target's own URL.
    Target,
    /// The URL of a person.
    Person(String),
}

/// A request, but for its URL.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// Reads the target's files each time: what they say may change while the process runs.
#[derive(Debug)]
pub struct Endpoint {
    url: Url,
    people_urls_file: Option<PathBuf>,
    secret_file: Option<PathBuf>,
    plaintext: bool,
}

#[derive(Debug)]
enum Url {
    Written(Secret),
    In(PathBuf),
    /// What is for nobody in the file of people is delivered to nobody.
    None,
}

impl Endpoint {
    pub fn new(target: &DeliverTarget) -> Self {
        let url = match (&target.url, &target.url_file) {
            (Some(url), _) => Url::Written(url.clone()),
            (None, Some(file)) => Url::In(file.clone()),
            (None, None) => Url::None,
        };
        Self {
            url,
            people_urls_file: target.people_urls_file.clone(),
            secret_file: target.secret_file.clone(),
            plaintext: target.plaintext,
        }
    }

    /// Reads all files once, so that what is wrong is said at the start.
    pub fn check(&self) -> anyhow::Result<()> {
        if !matches!(self.url, Url::None) {
            self.url(&To::Target)?;
        }
        for (person, url) in self.people()? {
            self.checked(&url).with_context(|| format!("the URL of {person}"))?;
        }
        self.secret_file.as_deref().map_or(Ok(()), |file| secrets(file).map(drop))
    }

    /// Where an output goes; nowhere where it is for nobody who has a URL. `asks`: whether the target asks for what is for this person.
    pub fn destinations(&self, told: &Told, asks: impl Fn(&str) -> bool) -> anyhow::Result<Vec<To>> {
        let people = self.people()?;
        let theirs = told.people().into_iter().filter(|person| asks(person) && people.iter().any(|(known, _)| known == person));
        let to: Vec<To> = theirs.map(|person| To::Person(person.to_owned())).collect();
        Ok(match (to.is_empty(), &self.url) {
            (false, _) => to,
            (true, Url::None) => Vec::new(),
            (true, _) => vec![To::Target],
        })
    }

    pub fn url(&self, to: &To) -> anyhow::Result<String> {
        let url = match (to, &self.url) {
            (To::Person(person), _) => {
                let people = self.people()?;
                let found = people.into_iter().find(|(known, _)| known == person).map(|(_, url)| url);
                found.ok_or_else(|| anyhow!("the file of people has no URL of {person} any more"))?
            }
            (To::Target, Url::Written(url)) => url.reveal().to_owned(),
            (To::Target, Url::In(file)) => read(file)?.trim().to_owned(),
            (To::Target, Url::None) => bail!("there is no URL"),
        };
        self.checked(&url)?;
        Ok(url)
    }

    fn checked(&self, url: &str) -> anyhow::Result<()> {
        url_problem(url, self.plaintext).map_or(Ok(()), |problem| Err(anyhow!("the URL {problem}")))
    }

    /// People and their URLs.
    fn people(&self) -> anyhow::Result<Vec<(String, String)>> {
        let Some(file) = &self.people_urls_file else { return Ok(Vec::new()) };
        let text = read(file)?;
        let lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let pair = |(number, line): (usize, &str)| {
            let (person, url) = line
                .rsplit_once(char::is_whitespace)
                .ok_or_else(|| anyhow!("{}: line {}: expected a person and a URL", file.display(), number + 1))?;
            Ok((person.trim().to_owned(), url.to_owned()))
        };
        lines.map(pair).collect()
    }

    /// The CloudEvent, signed at this moment; `now_s` in Unix seconds.
    ///
    /// In structured mode rather than in the envelope that Standard Webhooks proposes (`type`, `timestamp`, `data`): it has the first and the last by
    /// the same names and the second as `time`, SDKs of CloudEvents read it, and the specification leaves the body to who sends.
    pub fn signed(&self, record: &Record, id: &str, now_s: i64) -> anyhow::Result<Request> {
        let file = self.secret_file.as_deref().context("there is no file of secrets")?;
        let headers: Vec<(&str, &[u8])> = record.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        let body = structured(&headers, record.value.as_deref().unwrap_or_default()).context("the record is no output")?.into_bytes();
        let signatures = signature::signatures(&secrets(file)?, id, now_s, &body)?;
        let headers = vec![
            ("content-type", "application/cloudevents+json; charset=utf-8".to_owned()),
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", now_s.to_string()),
            ("webhook-signature", signatures),
        ];
        Ok(Request { headers, body })
    }
}

/// A message for Slack.
pub fn message(told: &Told, words: &Words<'_>) -> Request {
    let headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
    Request { headers, body: words.message(told).to_string().into_bytes() }
}

fn secrets(file: &Path) -> anyhow::Result<Vec<signature::Secret>> {
    signature::secrets(&read(file)?).map_err(|what| anyhow!("{}: {what}", file.display()))
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).map_err(|error| anyhow!("{} cannot be read: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(route: &str, assignees: &[&str]) -> Told {
        let tasks: Vec<_> = assignees.iter().map(|who| json!({"id": "t", "assignee": who})).collect();
        Told { data: serde_json::from_value(json!({"route": route, "tasks": tasks})).expect("data"), ..Told::default() }
    }

    #[test]
    fn people_with_a_url_of_their_own_get_what_is_theirs() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("people");
        std::fs::write(&file, "# success\nann@x.test  https://hooks.test/ann\n\nBob B\thttps://hooks.test/bob\n").expect("a file");
        let with_url = DeliverTarget {
            url: Some(Secret::new("https://hooks.test/all")),
            people_urls_file: Some(file.clone()),
            ..DeliverTarget::default()
        };
        let endpoint = Endpoint::new(&with_url);
        endpoint.check().expect("all is there");
        let to = |endpoint: &Endpoint, told: &Told| endpoint.destinations(told, |person| person != "eve").expect("files that are read");
        let (ann, bob) = (To::Person("ann@x.test".into()), To::Person("Bob B".into()));
        assert_eq!(to(&endpoint, &told("ann@x.test", &[])), std::slice::from_ref(&ann));
        assert_eq!(to(&endpoint, &told("ann@x.test", &["Bob B", "ann@x.test", "carl"])), [ann, bob.clone()]);
        assert_eq!(to(&endpoint, &told("carl", &[])), [To::Target]);
        assert!(to(&Endpoint::new(&DeliverTarget { url: None, ..with_url }), &told("carl", &[])).is_empty(), "there is nobody else");
        assert_eq!(endpoint.url(&bob).expect("his"), "https://hooks.test/bob");
        std::fs::write(&file, "ann@x.test http://hooks.test/ann\n").expect("a file");
        let error = endpoint.check().expect_err("not encrypted");
        assert!(format!("{error:#}").contains("not encrypted") && !format!("{error:#}").contains("hooks.test"), "{error:#}");
        assert!(endpoint.url(&bob).expect_err("he has gone").to_string().contains("Bob B"));
    }

    #[test]
    fn a_signed_request_carries_the_cloud_event() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let secret_file = folder.path().join("secret");
        std::fs::write(&secret_file, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").expect("a file");
        let endpoint = Endpoint::new(&DeliverTarget { secret_file: Some(secret_file.clone()), ..DeliverTarget::default() });
        let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
        let record = Record {
            value: Some(br#"{"account":"acme"}"#.to_vec()),
            headers: vec![
                header("ce_id", "f00d"),
                header("ce_type", "adoption.alert.opened"),
                header("ce_subject", "acme"),
                header("ce_time", "2026-10-03T00:00:00Z"),
                header("ce_dataschema", "https://adoption-tracker.dev/schemas/alert-opened.v1.json"),
            ],
            ..Record::default()
        };
        let request = endpoint.signed(&record, "f00d", 1_790_000_000).expect("signed");
        let event: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
        assert_eq!(
            (&event["id"], &event["type"], &event["data"]["account"]),
            (&json!("f00d"), &json!("adoption.alert.opened"), &json!("acme"))
        );
        let secrets = signature::secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let expected = signature::signatures(&secrets, "f00d", 1_790_000_000, &request.body).expect("OpenSSL signs");
        assert!(request.headers.contains(&("webhook-signature", expected)), "{:?}", request.headers);
        assert!(request.headers.contains(&("webhook-id", "f00d".to_owned())));
        std::fs::write(&secret_file, "hunter2").expect("a file");
        assert!(endpoint.signed(&record, "f00d", 0).is_err(), "the file is read each time");
    }
}
