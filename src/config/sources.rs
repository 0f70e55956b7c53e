//! What topics of others, and `ingest`, need.

use super::sections::Source;
use super::topics::{TOPIC_NAME_BYTES, is_legal_name};
use super::validate::{Check, WORKERS_MAX, is_name};
use crate::topics::Topic;

impl Check<'_> {
    pub(super) fn sources(&mut self) {
        let settings = self.settings;
        let (ingest, inputs) = (&settings.ingest, &settings.topics.inputs);
        self.require("ingest.workers", (1..=WORKERS_MAX).contains(&ingest.workers), || {
            format!("is {}; expected 1 to {WORKERS_MAX}", ingest.workers)
        });
        if let Some(input) = &ingest.input {
            self.require("ingest.input", inputs.contains(input), || {
                format!("is {input:?}; expected one of topics.inputs: {}", inputs.join(", "))
            });
        }
        for (name, source) in &settings.sources {
            self.source(name, source);
        }
    }

    fn source(&mut self, name: &str, source: &Source) {
        let settings = self.settings;
        let key = |field: &str| format!("sources.{name}.{field}");
        self.require(&key("format"), source.format.is_some(), || {
            "is not set; expected a mapping that ships (`adoption-tracker map --list`), or a file".to_owned()
        });
        self.require(&key("format"), is_name(name), || format!("is of the source {name:?}; expected a name of the characters a-z 0-9 _ -"));
        let Some(topic) = &source.topic else { return };
        self.require(&key("topic"), is_legal_name(topic), || {
            format!("is {topic:?}, which is no topic name: expected 1 to {TOPIC_NAME_BYTES} of the characters a-z A-Z 0-9 . _ -")
        });
        let own = settings.topics.inputs.contains(topic) || Topic::ALL.iter().any(|own| own.name(&settings.topics.prefix) == *topic);
        self.require(&key("topic"), !own, || format!("is {topic:?}, which the service itself reads or writes"));
        let twice = settings.sources.iter().find(|(other, of)| other.as_str() < name && of.topic.as_ref() == Some(topic));
        self.require(&key("topic"), twice.is_none(), || {
            format!("is {topic:?}, and that of `sources.{}` too: its records would be taken twice", twice.map_or("", |(other, _)| other))
        });
        // As a member of the group and a transactional id have them, with the worker's number.
        let (group, member) = (format!("{}-ingest", settings.kafka.application_id), format!("{}-{name}", settings.kafka.instance_id));
        self.require(&key("topic"), is_legal_name(&group) && member.len() + 5 <= TOPIC_NAME_BYTES, || {
            format!(
                "is of the source {name:?}, whose name is too long: the group {group:?} and its member {member:?} may have {TOPIC_NAME_BYTES} \
                 characters, the member with the number of its worker"
            )
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::Settings;

    fn problems(toml: &str) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("settings.toml");
        std::fs::write(&file, format!("kafka.instance_id = \"a\"\n{toml}")).expect("the folder can be written to");
        match Settings::load_with(Some(&file), [], &[]) {
            Ok(_) => Vec::new(),
            Err(error) => error.problems.into_iter().map(|problem| problem.message).collect(),
        }
    }

    #[test]
    fn sources_are_a_list_or_have_sections() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("settings.toml");
        let toml =
            "[[sources]]\ntopic = \"segment\"\nformat = \"segment\"\n\n[[sources]]\nname = \"warehouse\"\nformat = \"maps/w.yaml\"\n";
        std::fs::write(&file, format!("kafka.instance_id = \"a\"\n{toml}")).expect("the folder can be written to");
        let settings = Settings::load_with(Some(&file), [], &[]).expect("they are good");
        let path = folder.path().join("maps/w.yaml").display().to_string();
        let found: Vec<_> =
            settings.sources.iter().map(|(name, source)| (&**name, source.topic.as_deref(), source.format.as_deref())).collect();
        assert_eq!(found, [("segment", Some("segment"), Some("segment")), ("warehouse", None, Some(&*path))]);
        let effective = settings.effective();
        assert!(effective.contains("[sources.warehouse]\nformat = "), "{effective}");
        std::fs::write(&file, effective).expect("the folder can be written to");
        assert_eq!(Settings::load_with(Some(&file), [], &[]).expect("they are good").sources, settings.sources);
    }

    #[test]
    fn what_is_wrong_with_a_source_is_named() {
        for (toml, expected) in [
            ("[[sources]]\nformat = \"segment\"", "`[[sources]]`, the 1.: it has neither a `name` nor a `topic` that is a text"),
            ("[[sources]]\ntopc = \"a\"", "`sources.NAME.topc` is not a setting; the nearest one is `sources.NAME.topic`"),
            ("[[sources]]\nname = \"a\"", "`[[sources]]`, the 1.: `a` has no `format`: expected a mapping that ships"),
            ("[[sources]]\ntopic = \"a.b\"\nformat = \"segment\"", "its name is \"a.b\"; set `name`, of the characters a-z 0-9 _ -"),
            (
                "[[sources]]\ntopic = \"a\"\nformat = \"x\"\n[[sources]]\nname = \"a\"\nformat = \"x\"",
                "the 2.: `a` is the name of a source before it",
            ),
            (
                "[[sources]]\ntopic = \"a\"\nformat = 7",
                "`sources.a.format`: expected the name of a mapping, or a path, in quotes, found the number 7",
            ),
            ("[[sources]]\ntopic = \"a\"\nfromat = \"x\"", "the nearest one is `sources.NAME.format`"),
            ("[[sources]]\ntopic = \"a\"", "`sources.a.format` is not set"),
            ("[sources.a]\nformat = \"x\"\ntopic = \"b c\"", "which is no topic name"),
            ("[sources.a]\nformat = \"x\"\ntopic = \"adoption.inputs.v1\"", "which the service itself reads or writes"),
            ("[sources.a]\nformat = \"x\"\ntopic = \"adoption.alerts.v1\"", "which the service itself reads or writes"),
            (
                "[sources]\na = {topic = \"t\", format = \"x\"}\nb = {topic = \"t\", format = \"x\"}",
                "`sources.b.topic` is \"t\", and that of `sources.a` too",
            ),
            ("[ingest]\nworkers = 0", "`ingest.workers` is 0; expected 1 to 1024"),
            ("[ingest]\ninput = \"x\"", "`ingest.input` is \"x\"; expected one of topics.inputs: adoption.inputs.v1"),
        ] {
            let problems = problems(toml);
            assert!(problems.iter().any(|problem| problem.contains(expected)), "{toml}: {problems:?}");
        }
        let long = "x".repeat(245);
        assert!(
            problems(&format!("[sources.{long}]\nformat = \"x\"\ntopic = \"t\"")).iter().any(|problem| problem.contains("is too long"))
        );
    }
}
