//! The documents, held against the code. The generated ones are written anew by `UPDATE_DOCS=1 cargo test --test docs`.
//!
//! | document | made from |
//! |---|---|
//! | docs/reference/settings.md | `config::table()` |
//! | docs/reference/prometheus.md | `ops::metrics::TABLE` |
//! | docs/reference/cli.md | `--help` of each command |
//! | docs/reference/topics.md | `kafka::topic_settings::RULES` |
//! | docs/reference/sources.md | `mapping`, `deploy/mappings` and `tests/samples`, by `docs/sources.rs` |
//! | tables of docs/reference/metrics.md and of README.md | `engine::metric::METRICS` |
//! | table of tagged fields in docs/reference/changelog.md | `changelog::tagged_records()` |
//! | table of a rule's fields in docs/reference/playbook.md | `playbook::RULE_FIELDS` |
//! | figures of targets there | `playbook::FLEET_FIGURES` |
//! | fields of rows there | `engine::rows` |
//! | fields of rows in docs/reference/lists.md | `view::rows` |
//! | tools in docs/reference/agents.md | `mcp::listed` |
//! | tables of docs/reference/conditions.md | `playbook::FUNCTIONS`, `playbook::FIGURES` |
//! | programs in docs/consumers.md | `deploy/examples/consumers/` |
//!
//! The others are written by hand. Names in them are checked: links and their anchors, metrics, settings, conditions, alerts.

#[path = "docs/sources.rs"]
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use adoption_tracker::changelog::tagged_records;
use adoption_tracker::config::{self, Kind as SettingKind, Settings};
use adoption_tracker::engine::metric::{Heading, METRICS};
use adoption_tracker::engine::rows::{ACCOUNT_ROW, USER_ROW};
use adoption_tracker::kafka::topic_settings::RULES;
use adoption_tracker::mcp::listed;
use adoption_tracker::ops::metrics::{MetricKind, TABLE};
use adoption_tracker::playbook::vocabulary::{Kind as ValueKind, Naming, Needed, Of, Verdict};
use adoption_tracker::playbook::{FIGURES, FLEET_FIGURES, FUNCTIONS, FunctionDoc, Playbook, RULE_FIELDS, SHIPPED};
use adoption_tracker::topics::Kind;
use adoption_tracker::view::rows::{AccountRow, Row, UserRow, documented};
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Compares a generated document with what is there, or writes it.
fn generated(path: &str, text: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(root().join(path), text).unwrap_or_else(|error| panic!("{path}: {error}"));
        return;
    }
    let found = read(path);
    let differs = found.lines().zip(text.lines()).enumerate().find(|(_, (found, wanted))| found != wanted);
    let place =
        differs.map_or("its end".to_owned(), |(index, (found, wanted))| format!("line {}:\n  is  {found}\n  not {wanted}", index + 1));
    assert!(found == text, "{path} is out of date at {place}\n`make docs` writes it anew");
}

/// A text in a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// Programs stand as files, which run; a document shows them whole, each after `<!-- file: PATH -->`.
#[test]
fn programs_of_consumers_are_shown() {
    const MARKER: &str = "<!-- file: ";
    let (page, mut shown, mut text) = (read("docs/consumers.md"), Vec::new(), String::new());
    let mut parts = page.split(MARKER);
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (path, rest) = part.split_once(" -->\n```").unwrap_or_else(|| panic!("a fence follows {part}"));
        let (language, rest) = rest.split_once('\n').expect("the fence goes on");
        let (_, after) = rest.split_once("```\n").or_else(|| rest.strip_prefix("```").map(|after| ("", after))).expect("the fence ends");
        // Go is indented by tabs, which a document has none of.
        let _ = write!(text, "{MARKER}{path} -->\n```{language}\n{}```\n{after}", read(path).replace('\t', "    "));
        shown.push(path.to_owned());
    }
    generated("docs/consumers.md", &text);
    let folder = "deploy/examples/consumers";
    let entries = std::fs::read_dir(root().join(folder)).expect("the programs are there");
    let mut files: Vec<String> =
        entries.map(|entry| format!("{folder}/{}", entry.expect("an entry").file_name().to_string_lossy())).collect();
    files.sort();
    shown.sort();
    assert_eq!(shown, files, "each program is shown");
}

#[test]
fn settings_are_documented() {
    let mut text = String::from(
        "# Settings\n\n\
         <!-- Generated from src/config/sections.rs by `make docs`. Do not edit. -->\n\n\
         Defaults < file (TOML, `--config FILE`) < environment < flags. `kafka.brokers` is `ADOPTION__KAFKA__BROKERS` in the environment \
         and `--set kafka.brokers=…` as a flag. Lists are separated by commas there. An unknown key, a value of the wrong type and a \
         broken relation between settings are refused, all at once, each with where it came from and the nearest known key.\n\n\
         A path in a file is relative to the file; a path in the environment or a flag is relative to the working directory.\n\n\
         `adoption-tracker check --config FILE` prints the settings in force, where each came from, secrets hidden. \
         [deploy/adoption-tracker.toml](../../deploy/adoption-tracker.toml) is a file with every setting, commented out at its default.\n",
    );
    let mut section = None;
    for setting in config::table() {
        let of = setting.key.rsplit_once('.').map_or("", |(of, _)| of);
        if section != Some(of) {
            section = Some(of);
            let heading = if of.is_empty() { "Without a section".to_owned() } else { format!("`[{of}]`") };
            let named = if of.ends_with(".NAME") { "A table for each; NAME is yours, of the characters a-z 0-9 _ -.\n\n" } else { "" };
            let _ = write!(text, "\n## {heading}\n\n{named}| key | value | default | meaning |\n|---|---|---|---|\n");
        }
        let in_words = setting.kind == SettingKind::Text
            || setting.kind == SettingKind::Path
            || matches!(setting.kind, SettingKind::Whole { .. } | SettingKind::Choice(_));
        let quoted = setting.default.starts_with(['"', '[']) || setting.default.parse::<i64>().is_ok();
        let default = match setting.default.as_str() {
            "" => "not set".to_owned(),
            words if in_words && !quoted => words.to_owned(),
            value => format!("`{value}`"),
        };
        let key = setting.key.rsplit('.').next().unwrap_or_default();
        let _ = writeln!(text, "| `{key}` | {} | {default} | {} |", cell(&described(&setting.kind)), cell(&setting.meaning));
    }
    text.push_str(RELATIONS);
    generated("docs/reference/settings.md", &text);
}

/// A kind without the bounds that only the type has.
fn described(kind: &SettingKind) -> String {
    match kind {
        SettingKind::Whole { min: i64::MIN, .. } => "a whole number".to_owned(),
        SettingKind::Whole { min: 0, .. } => "a whole number from 0".to_owned(),
        SettingKind::Text => "a text".to_owned(),
        SettingKind::Path => "a path".to_owned(),
        SettingKind::Secret => "a text".to_owned(),
        SettingKind::Choice(names) => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        other => other.describe(),
    }
}

const RELATIONS: &str = "\n## Relations\n\n\
    | must hold | because |\n|---|---|\n\
    | `commit.outputs_within_ms` ≤ `commit.interval_ms` | the interval commits outputs too |\n\
    | `commit.interval_ms` < `kafka.transaction_timeout_ms` | the broker would abort each commit |\n\
    | `kafka.transaction_timeout_ms` < `watchdog.timeout_ms` | a healthy commit may take that long |\n\
    | `watchdog.timeout_ms` ≤ `max.poll.interval.ms` (300,000) | a stuck worker would lose its partitions first |\n\
    | `kafka.session_timeout_ms` ≤ `max.poll.interval.ms` | librdkafka wants it |\n\
    | `commit.max_events` ≤ `state.redo_events`, `commit.interval_ms` ≤ `state.redo_seconds` | facts are written with commits, never between them |\n\
    | `engine.max_record_bytes` < `message.max.bytes` | a dead letter of that size must be written |\n\
    | no input topic among the topics that the service writes | it would read its own output |\n\
    | with several input topics, assignment strategy `range` (the default then) | a partition of all topics must come to one worker |\n\
    \n## librdkafka properties that are refused\n\n\
    `isolation.level`, `enable.idempotence`, `enable.auto.commit`, `auto.commit.enable`, `transactional.id`, `enable.auto.offset.store`, \
    `enable.partition.eof`, `auto.offset.reset`, `allow.auto.create.topics` and `delivery.report.only.error`: exactly-once rests on them. \
    `bootstrap.servers`, `metadata.broker.list`, `group.id`, `group.instance.id` and `group.protocol` have settings of their own. With \
    `kafka.group_protocol = \"consumer\"` also `session.timeout.ms`, `heartbeat.interval.ms`, `partition.assignment.strategy` and \
    `group.protocol.type`: the brokers decide. Every other property is passed on.\n";

#[test]
fn prometheus_metrics_are_documented() {
    let mut text = String::from(
        "# Prometheus metrics\n\n\
         <!-- Generated from src/ops/metrics.rs by `make docs`. Do not edit. -->\n\n\
         Served at `/metrics` of `http.listen`. No label ever holds an account, a user or anything else that input can make up. Counters of \
         events, dead letters and outputs count what was committed: what an aborted transaction did is counted when it is done again.\n\n\
         | metric | type | labels | meaning |\n|---|---|---|---|\n",
    );
    for spec in TABLE {
        let kind = match spec.kind {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram(_) => "histogram",
        };
        let labels = spec.labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "| `{}` | {kind} | {labels} | {} |", spec.name, cell(spec.help));
    }
    text.push_str("\nBuckets of the histograms, in seconds:\n\n");
    for spec in TABLE {
        if let MetricKind::Histogram(buckets) = spec.kind {
            let buckets: Vec<String> = buckets.iter().map(f64::to_string).collect();
            let _ = writeln!(text, "- `{}`: {}", spec.name, buckets.join(", "));
        }
    }
    generated("docs/reference/prometheus.md", &text);
}

fn help(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_adoption-tracker"))
        .args(arguments)
        .arg("--help")
        .env_clear()
        .output()
        .expect("the program of this crate can be run");
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).expect("help is UTF-8")
}

#[test]
fn commands_are_documented() {
    let mut text = String::from(
        "# Command line\n\n<!-- Generated from the program's own help by `make docs`. Do not edit. -->\n\n\
         | exit status | means |\n|---|---|\n\
         | 0 | done |\n\
         | 1 | it could not be done; standard error says why |\n\
         | 2 | the command line is wrong |\n\
         | 3 | `replay`: lines were read, and none was applied; `map`, `seed`: records were read, and none was mapped; `explain`: there is no such account |
         | 70 | the watchdog ended the process |\n",
    );
    let commands: [&[&str]; 15] = [
        &[],
        &["run"],
        &["ingest"],
        &["deliver"],
        &["demo"],
        &["replay"],
        &["seed"],
        &["map"],
        &["explain"],
        &["mcp"],
        &["check"],
        &["alarm-quality"],
        &["topics"],
        &["topics", "create"],
        &["topics", "check"],
    ];
    for command in commands {
        let name = [&["adoption-tracker"], command].concat().join(" ");
        let help: String = help(command).lines().map(|line| format!("{}\n", line.trim_end())).collect();
        let _ = write!(text, "\n## {name}\n\n```text\n{help}```\n");
    }
    generated("docs/reference/cli.md", &text);
}

#[test]
fn settings_of_topics_are_documented() {
    let mut text = String::from(
        "# Topics\n\n<!-- Generated from src/kafka/topic_settings.rs by `make docs`. Do not edit. -->\n\n\
         `adoption-tracker topics create` makes the topics that are missing. `adoption-tracker topics check` says what deviates from this page, and \
         exits with 1 where anything does; `topics create` says the same of topics that are there, and exits with 1 only where the service would \
         not start; each start of `run` warns of the same. Neither changes a topic that is there.\n\n\
         | topics | names | keyed by | partitions |\n|---|---|---|---|\n",
    );
    let names = |kind| match kind {
        Kind::Input => ("`topics.inputs`", "account", "`topics.partitions`, all alike"),
        Kind::Events => {
            ("`<prefix>.stage-changes.v1`, `<prefix>.signals.v1`, `<prefix>.alerts.v1`, `<prefix>.plays.v1`", "account", "any number")
        }
        Kind::State => ("`<prefix>.accounts.v1`, `<prefix>.portfolio.v1`", "account; of the portfolio partition, or `fleet`", "any number"),
        Kind::DeadLetters => {
            ("`<prefix>.dead-letters.v1`, `<prefix>.undelivered.v1`, `<prefix>.ingest-dead-letters.v1`", "as the record came", "any number")
        }
        Kind::Changelog => ("`<prefix>.changelog.v1`", "see [changelog](changelog.md)", "as many as the inputs have"),
    };
    for kind in Kind::ALL {
        let (names, key, partitions) = names(kind);
        let _ = writeln!(text, "| {kind} | {names} | {key} | {partitions} |");
    }
    text.push_str(
        "\nInputs and changelog must have the same number of partitions, so that one partition owns an account whole. It cannot be changed later. \
         Topics have `topics.replication_factor` replicas, expected at least.\n\n\
         | setting | of | `topics create` sets | expected | because |\n|---|---|---|---|---|\n",
    );
    for rule in RULES {
        let of = if rule.of.len() == Kind::ALL.len() {
            "all".to_owned()
        } else {
            rule.of.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        let created = rule.created.map_or("–".to_owned(), |value| value.to_string());
        let _ = writeln!(text, "| `{}` | {of} | {created} | {} | {} |", rule.setting, rule.expected, cell(rule.why));
    }
    generated("docs/reference/topics.md", &text);
}

/// Every Markdown file, by its path from the root.
fn documents() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders: Vec<PathBuf> = vec![root().to_owned(), root().join("docs"), root().join("docs/reference")];
    folders.retain(|folder| folder.is_dir());
    for folder in folders {
        for entry in std::fs::read_dir(folder).expect("a folder can be listed") {
            let path = entry.expect("an entry can be read").path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let name = path.strip_prefix(root()).expect("below the root").display().to_string();
                let text = std::fs::read_to_string(&path).expect("a document can be read");
                found.insert(name, text);
            }
        }
    }
    assert!(found.contains_key("README.md") && found.contains_key("docs/architecture.md"), "{:?}", found.keys());
    found
}

/// The text outside of fences.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let outside = text.lines().filter(|line| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return false;
        }
        !fenced
    });
    outside.collect::<Vec<_>>().join("\n")
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text).lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>();
    let anchor = |heading: &String| {
        let title = heading.trim_start_matches('#').trim().to_lowercase();
        title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_')).collect::<String>().replace(' ', "-")
    };
    headings.iter().map(anchor).collect()
}

#[test]
fn links_lead_somewhere() {
    let documents = documents();
    for (name, text) in &documents {
        let folder = Path::new(name).parent().expect("a file has a folder");
        for link in prose(text).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("https://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { name.clone() } else { normal(&folder.join(path)) };
            assert!(root().join(&target).exists(), "{name}: the link {link} leads to {target}, which is not there");
            if !anchor.is_empty() {
                assert!(anchors(&read(&target)).contains(anchor), "{name}: {target} has no heading #{anchor}");
            }
        }
    }
}

/// The path with `..` taken out.
fn normal(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in path.components() {
        match part.as_os_str().to_str().expect("paths here are UTF-8") {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part.to_owned()),
        }
    }
    parts.join("/")
}

/// The rows of the first table behind a text, each its cells, without its two head lines.
fn table<'a>(text: &'a str, behind: &str) -> Vec<Vec<&'a str>> {
    let (_, rest) = text.split_once(behind).unwrap_or_else(|| panic!("{behind:?} is not there"));
    let rows = rest.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|')).skip(2);
    let rows: Vec<Vec<&str>> = rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect();
    assert!(rows.len() > 2, "the table behind {behind:?} has {} rows", rows.len());
    rows
}

/// A text of a table without its emphasis.
fn plain(cell: &str) -> String {
    cell.replace(['*', '`'], "")
}

/// A client as documents call it: without its repository's owner, and without what is said in brackets.
fn short_name(client: &str) -> &str {
    let name = client.split(" (").next().unwrap_or_default();
    if name.starts_with('@') { name } else { name.rsplit('/').next().unwrap_or_default() }
}

/// Whether a text names the client in this version, or in several of which it is one: `kafka-python 2.3.2, 3.0.12`.
fn names(text: &str, client: &str, version: &str) -> bool {
    let of_another = |before: &str| before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '@'));
    let places = text.match_indices(client).filter(|(at, _)| !of_another(&text[..*at]));
    places.map(|(at, _)| &text[at + client.len()..]).any(|behind| {
        let words = behind.split([' ', ',', ';', ':']).filter(|word| !word.is_empty());
        words.take_while(|word| *word == "and" || word.starts_with(|c: char| c.is_ascii_digit())).any(|word| word == version)
    })
}

/// What the script of a table states, to be held against what the document says.
fn stated(script: &str) -> Vec<(String, String, Vec<String>)> {
    let text = read(script);
    let row = |cells: Vec<&str>| {
        (short_name(cells[0]).to_owned(), cells[1].to_owned(), cells[2..].iter().map(|cell| (*cell).to_owned()).collect())
    };
    table(&text, "cat >\"$WORK/stated\" <<'TABLE'\n").into_iter().map(row).collect()
}

#[test]
fn what_readers_show_is_what_the_script_has_measured() {
    let document = read("docs/reference/outputs.md");
    let rows = table(&document, "\n### Clients\n");
    let number = |cell: &str| plain(cell).split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default().to_owned();
    let stated = stated("findings/readers-of-transactions.sh");
    let mut told = BTreeSet::new();
    for (client, version, cells) in &stated {
        let place = rows.iter().position(|row| names(&plain(row[0]), client, version));
        let place = place.unwrap_or_else(|| panic!("docs/reference/outputs.md has no row of {client} {version}"));
        told.insert(place);
        let [by_default, _, _, how, committed, ..] = cells.as_slice() else { panic!("{client}: {cells:?}") };
        assert_eq!((number(rows[place][1]), number(rows[place][3])), (by_default.clone(), committed.clone()), "{client} {version}");
        let is_default = how.ends_with("the default");
        assert_eq!(plain(rows[place][2]).ends_with("the default"), is_default, "{client} {version}: {how}");
    }
    assert_eq!(told.len(), rows.len(), "a row that was not measured");
    let most = |cell: usize| {
        stated.iter().filter_map(|(_, _, cells)| cells[cell].split(' ').next()?.parse::<u32>().ok()).max().unwrap_or_default()
    };
    let committed = stated[0].2[4].as_str();
    let topic = format!("One topic of {committed} committed records, {} of aborted transactions and {} markers", most(1), most(2));
    assert!(document.contains(&topic), "docs/reference/outputs.md does not say: {topic}");
}

#[test]
fn where_clients_put_keys_is_what_the_script_has_measured() {
    let document = read("docs/reference/inputs.md");
    let rows = table(&document, "\n## Partitioners\n");
    for (client, version, cells) in stated("findings/key-partitioners.sh") {
        let hash = match cells[0].as_str() {
            "murmur2, sign masked" => "murmur2",
            "murmur2, unsigned" => "murmur2_unsigned",
            "CRC-32" => "crc32",
            "FNV-1a" => "fnv1a",
            other => other,
        };
        let clients = rows.iter().find(|row| plain(row[0]) == hash).map(|row| plain(row[1])).unwrap_or_default();
        let client = client.split(',').next().unwrap_or_default().replace("Java kafka-clients", "Java");
        assert!(names(&clients, &client, &version), "docs/reference/inputs.md has no {client} {version} among those of {hash}: {clients}");
    }
}

/// Words that look like metrics of the service.
fn metric_words(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("adoption_") && *word != "adoption_tracker").collect()
}

#[test]
fn metrics_named_anywhere_exist() {
    let mut known: BTreeSet<String> = TABLE.iter().map(|spec| spec.name.to_owned()).collect();
    for spec in TABLE.iter().filter(|spec| matches!(spec.kind, MetricKind::Histogram(_))) {
        known.extend(["_bucket", "_sum", "_count"].map(|suffix| format!("{}{suffix}", spec.name)));
    }
    // Fields of outputs may be called alike.
    for (_, schema) in adoption_tracker::output::schemas() {
        known.extend(schema["properties"].as_object().into_iter().flatten().map(|(field, _)| field.clone()));
    }
    // Fields of rows, which worklists name.
    known.extend(ACCOUNT_ROW.iter().map(|field| field.name.to_owned()));
    // Fields of a CRM, which an export is written for.
    known.extend(["adoption_breadth_percentage__c", "adoption_stage__c"].map(str::to_owned));
    // Names of tools.
    known.extend(listed(true).map(|tool| tool.name.to_owned()));
    let mut texts = documents();
    for file in ["deploy/prometheus/alerts.yml", "deploy/grafana/dashboard.json", "deploy/kubernetes/keda-scaledobject.yaml"] {
        texts.insert(file.to_owned(), read(file));
    }
    for (name, text) in &texts {
        for word in metric_words(text) {
            assert!(known.contains(word), "{name}: {word} is not in ops::metrics::TABLE");
        }
    }
    assert!(metric_words(&texts["deploy/grafana/dashboard.json"]).len() > 10, "the dashboard shows metrics");
}

#[test]
fn the_dashboard_is_json_with_a_variable_for_the_data_source() {
    let dashboard: serde_json::Value = serde_json::from_str(&read("deploy/grafana/dashboard.json")).expect("the dashboard is JSON");
    let variables = dashboard["templating"]["list"].as_array().expect("a list of variables");
    assert!(variables.iter().any(|variable| variable["name"] == "datasource" && variable["type"] == "datasource"), "{variables:?}");
    let panels = dashboard["panels"].as_array().expect("a list of panels");
    let ids: BTreeSet<i64> = panels.iter().filter_map(|panel| panel["id"].as_i64()).collect();
    assert_eq!(ids.len(), panels.len(), "each panel has an id of its own");
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{}", panel["title"]);
        let targets = panel["targets"].as_array().expect("a panel has targets");
        assert!(targets.iter().all(|target| target["expr"].is_string()), "{}", panel["title"]);
    }
}

#[test]
fn settings_named_anywhere_exist() {
    let keys: BTreeSet<&str> = config::table().iter().map(|setting| setting.key.as_str()).collect();
    let sections: BTreeSet<&str> = keys.iter().filter_map(|key| key.split_once('.').map(|(section, _)| section)).collect();
    let mut texts = documents();
    texts.insert("alerts.yml".to_owned(), read("deploy/prometheus/alerts.yml"));
    for (name, text) in &texts {
        for word in prose(text).split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')) {
            let word = word.trim_end_matches('.');
            let Some((section, key)) = word.split_once('.') else { continue };
            // File names and code (`kafka.tools`, `topics.rs`) are not settings: settings have an underscore or are known.
            let looks_like_one = sections.contains(section) && !key.ends_with('_') && key.contains('_') && !key.contains('.');
            assert!(!looks_like_one || keys.contains(word), "{name}: {word} is not a setting");
        }
    }
}

#[test]
fn every_alert_has_a_runbook_in_the_operating_guide() {
    let rules = read("deploy/prometheus/alerts.yml");
    let anchors = anchors(&read("docs/operating.md"));
    let alerts: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(!alerts.is_empty(), "no alerts found");
    for alert in alerts {
        let anchor = alert.to_lowercase();
        assert!(anchors.contains(&anchor), "docs/operating.md has no heading {alert}");
        let see = format!("see: docs/operating.md#{anchor}\n");
        assert!(rules.contains(&see), "{alert} does not name its runbook: {see}");
    }
}

/// A condition over a subject, where it may read whatever there is.
fn loads(of: Of, condition: &str, is_of_plays: bool) -> Result<(), String> {
    let quoted = condition.replace('\'', "''");
    let playbook = format!(
        "version: 1
calendars: {{x: []}}
products: {{p: {{features: {{x: {{}}}}}}}}
personas: {{x: {{among: key, keeps: key}}}}
segments: {{x: {{when: arr > 1, benchmarks: {{x: 1}}}}}}
milestones: {{x: {{of: account, when: arr > 1}}, y: {{of: product, when: seats > 1}}}}
alerts: {{x: {{scope: account, open: arr > 1}}}}
plays: {{y: {{scope: account, open: arr > 1, group: x}}, r: {{scope: {}, open: '{quoted}'}}}}
",
        of.name()
    );
    // What is open of groups of plays no play asks for, and guardrails do.
    let guarded =
        playbook.replace(&format!("open: '{quoted}'"), "open: arr > 1") + &format!("guardrails: {{g: {{holds_back: '{quoted}'}}}}\n");
    let playbook = if is_of_plays { guarded } else { playbook };
    Playbook::load("p.yaml", &playbook).map(drop).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

/// Compares a part of a document, between two comments that name it, with what it is generated from, or writes it.
fn generated_part(path: &str, name: &str, text: &str) {
    let (begin, end) = (format!("<!-- generated by `make docs`: {name} -->\n"), format!("<!-- end of {name} -->\n"));
    let found = read(path);
    let (before, rest) = found.split_once(&begin).unwrap_or_else(|| panic!("{path} has no {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{path} has no {end}"));
    generated(path, &format!("{before}{begin}\n{text}\n{end}{after}"));
}

/// The parts of one page and the README are written by one test: each reads what the one before has written.
#[test]
fn metrics_are_documented() {
    for (part, of) in [("metrics of a product", Of::Product), ("metrics of the account", Of::Account), ("metrics of a user", Of::User)] {
        let head = match of {
            Of::Product => "| metric | max | `complete.` | value |\n|---|---|---|---|\n",
            Of::Account | Of::User => "| metric | max | value |\n|---|---|---|\n",
        };
        let mut table = head.to_owned();
        for def in METRICS.iter().filter(|def| def.signature.of == of) {
            let max = def.signature.number.map(|number| number.max(false, 0).to_string()).unwrap_or_default();
            let complete = if def.signature.may_be_complete() { "yes" } else { "" };
            let daily = if def.signature.daily { "^" } else { "" };
            let _ = match of {
                Of::Product => writeln!(table, "| `{}` | {max} | {complete} | {} |", def.signature.usage, cell(def.doc)),
                Of::Account | Of::User => writeln!(table, "| `{}`{daily} | {max} | {} |", def.signature.usage, cell(def.doc)),
            };
        }
        generated_part("docs/reference/metrics.md", part, &table);
    }
    let headings = [
        (Heading::Use, "use"),
        (Heading::People, "people"),
        (Heading::Depth, "depth"),
        (Heading::Value, "value"),
        (Heading::Stages, "stages"),
        (Heading::Entitlement, "entitlement"),
        (Heading::Account, "the account"),
        (Heading::Audience, "its people"),
        (Heading::Relations, "its relations"),
        (Heading::Users, "one user"),
        (Heading::Verdicts, "what was concluded"),
    ];
    let mut table = "| about | metrics |\n|---|---|\n".to_owned();
    for (heading, about) in headings {
        let metrics = METRICS.iter().filter(|def| def.group == heading);
        let mut shown: Vec<String> = metrics.map(|def| format!("`{}`", def.example.unwrap_or(def.signature.name))).collect();
        // Those of several subjects are read alike.
        let mut seen = BTreeSet::new();
        shown.retain(|metric| seen.insert(metric.clone()));
        let _ = writeln!(table, "| {about} | {} |", shown.join(", "));
    }
    generated_part("README.md", "metrics", &table);
}

#[test]
fn tagged_fields_are_documented() {
    let mut table = String::from("| record of | under | fields |\n|---|---|---|\n");
    for (name, key, fields) in tagged_records() {
        let tags: BTreeSet<u32> = fields.iter().map(|(tag, _)| *tag).collect();
        assert_eq!(tags.len(), fields.len(), "a tag of {name} stands twice");
        let fields: Vec<String> = fields.iter().map(|(tag, field)| format!("{tag} `{field}`")).collect();
        writeln!(table, "| {name} | `{key}` | {} |", fields.join(", ")).expect("a string takes it");
    }
    generated_part("docs/reference/changelog.md", "tagged fields", &table);
}

/// The parts of one page are written by one test.
#[test]
fn keys_of_a_playbook_are_documented() {
    const PAGE: &str = "docs/reference/playbook.md";
    let mut table = "| key | default | |\n|---|---|---|\n".to_owned();
    for field in RULE_FIELDS.iter() {
        let kind = field.row.only.map(|kind| format!("{}s only, ", kind.name())).unwrap_or_default();
        let scope = field.row.scope.map(|scope| format!("of {}s only, ", scope.name())).unwrap_or_default();
        let doc = if field.row.doc.is_empty() { String::new() } else { format!("; {}", field.row.doc) };
        let _ = writeln!(table, "| `{}` | {} | {kind}{scope}{}{} |", field.key, cell(&field.default), cell(&field.holds), cell(&doc));
    }
    generated_part(PAGE, "fields of a rule", &table);
    let figures: Vec<String> = FLEET_FIGURES.iter().map(|(name, _)| format!("`{name}`")).collect();
    generated_part(PAGE, "figures of the fleet", &format!("{}.\n", figures.join(", ")));
    let mut table = "| rows | texts | numbers | booleans | lists |\n|---|---|---|---|---|\n".to_owned();
    for (rows, fields) in [("accounts", ACCOUNT_ROW.as_slice()), ("users", &USER_ROW)] {
        let of_kind = |kind| {
            let fields = fields.iter().filter(|field| field.kind == kind);
            fields.map(|field| format!("`{}`", field.name)).collect::<Vec<_>>().join(", ")
        };
        let kinds = [ValueKind::Text, ValueKind::Number, ValueKind::Boolean, ValueKind::List].map(of_kind);
        let _ = writeln!(table, "| `{rows}` | {} |", kinds.join(" | "));
    }
    generated_part(PAGE, "fields of rows", &table);
}

#[test]
fn rows_are_documented() {
    const PAGE: &str = "docs/reference/lists.md";
    fn table<R: Row>() -> String {
        let mut table = "| field | | |\n|---|---|---|\n".to_owned();
        for (name, meaning) in documented::<R>() {
            let kind = R::FIELDS.iter().find(|field| field.name == name).map(|field| field.kind.described());
            let kind = kind.unwrap_or("a list of numbers, which is shown alone: no filter and no order reads it");
            let _ = writeln!(table, "| `{name}` | {kind} | {} |", cell(&meaning));
        }
        table
    }
    generated_part(PAGE, "fields of accounts", &table::<AccountRow>());
    generated_part(PAGE, "fields of users", &table::<UserRow>());
}

#[test]
fn tools_are_documented() {
    const PAGE: &str = "docs/reference/agents.md";
    let bounds = |name: &str| ["max_bytes", "limit"].contains(&name);
    let described = |of: &Value| {
        let kind = match (of["type"].as_str(), of["items"]["enum"].as_array().or(of["enum"].as_array()).or(of["oneOf"].as_array())) {
            (kind, Some(words)) => {
                let words = words.iter().filter_map(|word| word.as_str().or(word["const"].as_str())).map(|word| format!("`{word}`"));
                let words = words.collect::<Vec<_>>().join(", ");
                if kind == Some("array") { format!("some of {words}") } else { format!("one of {words}") }
            }
            (Some("boolean"), _) => "true or false".to_owned(),
            (Some("integer"), _) => "a whole number".to_owned(),
            (Some("array"), _) => "texts".to_owned(),
            _ => "a text".to_owned(),
        };
        format!("{kind} | {}", cell(of["description"].as_str().unwrap_or_default()))
    };
    let mut text = String::new();
    let mut of_bounds = "| argument | | |\n|---|---|---|\n".to_owned();
    for tool in listed(true) {
        let _ = write!(text, "### `{}`\n\n{}\n\n| argument | | |\n|---|---|---|\n", tool.name, tool.description);
        let required = tool.input.get("required").and_then(Value::as_array);
        let required: Vec<&str> = required.into_iter().flatten().filter_map(Value::as_str).collect();
        for (name, of) in tool.input["properties"].as_object().into_iter().flatten().filter(|(name, _)| !bounds(name)) {
            let must = if required.contains(&name.as_str()) { " (required)" } else { "" };
            let _ = writeln!(text, "| `{name}`{must} | {} |", described(of));
        }
        text.push('\n');
    }
    let any = listed(false).next().expect("there are tools");
    for (name, of) in any.input["properties"].as_object().into_iter().flatten().filter(|(name, _)| bounds(name)) {
        let _ = writeln!(of_bounds, "| `{name}` | {} |", described(of));
    }
    generated_part(PAGE, "tools", text.trim_end());
    generated_part(PAGE, "bounds of tools", of_bounds.trim_end());
}

#[test]
fn functions_are_documented() {
    const PAGE: &str = "docs/reference/conditions.md";
    let table = |head: &str, functions: &[FunctionDoc]| {
        let row = |function: &FunctionDoc| format!("| `{}` | {} |\n", cell(function.usage), cell(function.value));
        format!("| {head} | value |\n|---|---|\n{}", functions.iter().map(row).collect::<String>())
    };
    generated_part(PAGE, "functions", &table("function", &FUNCTIONS));
    generated_part(PAGE, "figures of users and products", &table("`users.…`, `products.…`", &FIGURES));
}

/// What is said of a metric's arguments is what the loader takes, to the bound and no further.
#[test]
fn bounds_of_metrics_are_those_of_the_loader() {
    for def in METRICS {
        let signature = &def.signature;
        let (of, usage) = (signature.of, signature.usage);
        let is_of_plays = matches!(signature.naming, Some((Naming::Group, _)));
        let name = match signature.naming {
            Some((Naming::Tier, _)) => "\"core\"",
            Some((Naming::Word(words), _)) => &format!("\"{}\"", words[0]),
            Some((Naming::Verdict(Verdict::Milestone), _)) if of == Of::Product => "\"y\"",
            Some((Naming::Verdict(Verdict::Play), _)) => "\"y\"",
            Some(_) => "\"x\"",
            None => "",
        };
        let optional = matches!(signature.naming, None | Some((_, Needed::Optional)));
        let names: BTreeSet<&str> = optional.then_some("").into_iter().chain([name]).collect();
        // A user's feature is asked for with its product.
        let owner = if of == Of::User && matches!(signature.naming, Some((Naming::Feature, _))) { "p." } else { "" };
        let condition = |complete: &str, arguments: &[&str]| {
            let arguments: Vec<&str> = arguments.iter().copied().filter(|argument| !argument.is_empty()).collect();
            let term = format!("{owner}{complete}{}({})", signature.name, arguments.join(", "));
            match signature.kind {
                ValueKind::Number => format!("{term} >= 1"),
                ValueKind::Text => format!("{term} == \"x\""),
                ValueKind::Boolean => term,
                ValueKind::List => format!("has_any({term}, [\"x\"])"),
            }
        };
        let Some(number) = signature.number else {
            names
                .iter()
                .for_each(|name| loads(of, &condition("", &[name]), is_of_plays).unwrap_or_else(|problem| panic!("{usage}: {problem}")));
            continue;
        };
        for (name, complete) in names.into_iter().flat_map(|name| [(name, false), (name, true)]) {
            let prefix = if complete { "complete." } else { "" };
            let written = |number: u16| condition(prefix, &[name, &number.to_string()]);
            let max = number.max(complete, 0);
            if complete && !signature.may_be_complete() {
                loads(of, &written(number.min), false).expect_err(&format!("{} has no complete days of its own", written(number.min)));
                continue;
            }
            for number in [number.min, max] {
                loads(of, &written(number), false).unwrap_or_else(|problem| panic!("{}: {problem}", written(number)));
            }
            for number in [number.min - 1, max + 1] {
                loads(of, &written(number), false).expect_err(&format!("{} is beyond its bound", written(number)));
            }
        }
    }
}

/// The fences of a language in a document.
fn fences<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let open = format!("```{language}\n");
    text.split(open.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn playbooks_in_the_documents_load() {
    let mut count = 0;
    for (name, text) in documents() {
        for fence in fences(&text, "yaml") {
            // Others are configuration of Prometheus and Kubernetes.
            if fence.starts_with("version: 1\n") {
                count += 1;
                if let Err(problems) = Playbook::load(&name, fence) {
                    panic!("{name}: {}\n{fence}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
                }
            }
        }
    }
    assert!(count >= 2, "{count} playbooks found in the documents");
    assert!(Playbook::load("deploy/playbook.yaml", SHIPPED).is_ok());
}

/// The conditions on which rules of a playbook's text open, each as written.
fn opens(yaml: &str) -> impl Iterator<Item = &str> {
    yaml.lines().filter_map(|line| line.trim_start().strip_prefix("open: "))
}

#[test]
fn rules_in_the_documents_are_told_as_stories() {
    let stories: Vec<String> = std::fs::read_dir("tests/golden")
        .expect("stories")
        .map(|entry| std::fs::read_to_string(entry.expect("a story").path()).expect("a story"))
        .collect();
    let told: BTreeSet<&str> = stories.iter().flat_map(|story| opens(story)).chain(opens(SHIPPED)).collect();
    let documents = documents();
    let mut count = 0;
    for (name, text) in &documents {
        let playbooks = fences(text, "yaml").into_iter().filter(|fence| fence.starts_with("version: 1\n"));
        for (fence, open) in playbooks.flat_map(|fence| opens(fence).map(move |open| (fence, open))) {
            count += 1;
            assert!(told.contains(open), "{name}: no story in tests/golden has a rule that opens by `{open}`:\n{fence}");
        }
    }
    assert!(count >= 10, "{count} rules found in the documents");
}

#[test]
fn settings_files_in_the_documents_and_for_kubernetes_load() {
    let mut files: Vec<(String, String)> = vec![("settings.toml".to_owned(), read("deploy/kubernetes/settings.toml"))];
    for (name, text) in documents() {
        files.extend(fences(&text, "toml").into_iter().map(|fence| (name.clone(), fence.to_owned())));
    }
    assert!(files.len() >= 2, "settings are shown in the documents");
    for (name, text) in files {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("settings.toml");
        // The secret that an example names.
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "x").expect("a file can be written");
        let text = text.replace("/run/secrets/kafka-password", &secret.display().to_string());
        std::fs::write(&file, &text).expect("a file can be written");
        let environment = [("ADOPTION__KAFKA__INSTANCE_ID".into(), "adoption-tracker-0".into())];
        if let Err(error) = Settings::load_with(Some(&file), environment, &[]) {
            panic!("{name}: {error}\n{text}");
        }
    }
}

#[test]
fn input_examples_in_the_documents_decode() {
    use adoption_tracker::input::{Limits, decode};
    let mut count = 0;
    for (name, text) in documents() {
        for line in fences(&text, "jsonl").into_iter().flat_map(str::lines).filter(|line| !line.is_empty()) {
            count += 1;
            let limits = Limits { check_key: false, ..Limits::default() };
            if let Err(reject) = decode(None, line.as_bytes(), Vec::new, &limits) {
                panic!("{name}: {reject}\n{line}");
            }
        }
    }
    assert!(count >= 11, "{count} input examples found: each type has one");
}
