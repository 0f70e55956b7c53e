use super::*;

use std::fs;

fn variables(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    let own = [("ADOPTION__KAFKA__INSTANCE_ID", "node-1")];
    own.iter().chain(pairs).map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
}

fn flags(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

/// Loads a file with these contents; the path in messages is `FILE`.
fn load_file(toml: &str) -> Result<Settings, String> {
    load_layers(toml, &[], &[])
}

fn load_layers(toml: &str, environment: &[(&str, &str)], overrides: &[(&str, &str)]) -> Result<Settings, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("settings.toml");
    fs::write(&path, toml).expect("a file in it");
    Settings::load_with(Some(&path), variables(environment), &flags(overrides))
        .map_err(|error| error.to_string().replace(&path.display().to_string(), "FILE"))
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let settings = Settings::load_with(None, variables(&[]), &[]).expect("the defaults are accepted");
    assert_eq!(settings.kafka.brokers, "127.0.0.1:9092");
    assert_eq!(settings.kafka.application_id, "adoption-tracker");
    assert_eq!(settings.topics.inputs, ["adoption.inputs.v1"]);
    assert_eq!((settings.topics.partitions, settings.topics.replication_factor), (12, 3));
    assert_eq!(settings.playbook, None);
    assert_eq!(settings.engine.max_skew_ms, 3_600_000);
    assert_eq!(settings.http.listen, "127.0.0.1:9595");
}

#[test]
fn each_layer_wins_over_the_one_before() {
    let file = "[kafka]\nbrokers = 'file:1'\napplication_id = 'file'\n[topics]\nprefix = 'file'\n";
    let settings =
        load_layers(file, &[("ADOPTION__KAFKA__APPLICATION_ID", "env"), ("ADOPTION__TOPICS__PREFIX", "env")], &[("topics.prefix", "flag")])
            .expect("three good layers");
    assert_eq!(settings.kafka.brokers, "file:1");
    assert_eq!(settings.kafka.application_id, "env");
    assert_eq!(settings.topics.prefix, "flag");
    assert_eq!(settings.origin("kafka.application_id"), Some("ADOPTION__KAFKA__APPLICATION_ID"));
    assert_eq!(settings.origin("topics.prefix"), Some("--set topics.prefix"));
    assert_eq!(settings.origin("topics.partitions"), None);
}

#[test]
fn text_becomes_the_type_of_the_setting() {
    let settings = load_layers(
        "",
        &[
            ("ADOPTION__TOPICS__INPUTS", "a, b"),
            ("ADOPTION__ENGINE__WORKERS", "3"),
            ("ADOPTION__LOG__FORMAT", "JSON"),
            ("ADOPTION__ENGINE__TIME_FROM_RECORD", "True"),
        ],
        &[("state.redo_events", "6_000_000"), ("engine.wall_clock_offset_ms", "-1000")],
    )
    .expect("good values");
    assert_eq!(settings.topics.inputs, ["a", "b"]);
    assert_eq!(settings.engine.workers, 3);
    assert_eq!(settings.log.format, LogFormat::Json);
    assert_eq!(settings.state.redo_events, 6_000_000);
    assert_eq!(settings.engine.wall_clock_offset_ms, -1000);
    assert!(settings.engine.time_from_record);
}

#[test]
fn properties_from_every_layer() {
    let file = "[kafka.properties]\n'client.rack' = 'a'\nsession.timeout.ms = 6000\n'check.crcs' = true\n'linger.ms' = 0.5\n";
    let settings = load_layers(
        file,
        &[("ADOPTION__KAFKA__PROPERTIES__CLIENT_RACK", "b"), ("ADOPTION__KAFKA__PROPERTIES__LOG_LEVEL", "7")],
        &[("kafka.properties.linger.ms", "2")],
    )
    .expect("good properties");
    let shown: Vec<(&str, &str)> = settings.kafka.properties.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        shown,
        [("check.crcs", "true"), ("client.rack", "b"), ("linger.ms", "2"), ("log_level", "7"), ("session.timeout.ms", "6000")]
    );
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_and_its_origin() {
    let table = [
        (load_file("[kafka]\nbrokrs = 'a:1'"), "FILE: `kafka.brokrs` is not a setting; the nearest one is `kafka.brokers`"),
        (load_file("brokers = 'a:1'"), "FILE: `brokers` is not a setting; the nearest one is `kafka.brokers`"),
        (load_file("[kafak]\nbrokers = 'a:1'"), "FILE: `kafak` is not a setting; the nearest one is `kafka`"),
        (
            load_file("[xyz]\nbrokers = 'a:1'"),
            "FILE: `xyz` is not a setting; there are: playbook, kafka, topics, engine, commit, state, portfolio, watchdog, http, api, deliver, sources, ingest, log",
        ),
        (load_file("[http]\ntls = true"), "FILE: `http.tls` is not a setting; `http` has: listen"),
        (
            load_layers("", &[("ADOPTION__ENGINE__WORKER", "2")], &[]),
            "ADOPTION__ENGINE__WORKER: `engine.worker` is not a setting; the nearest one is `engine.workers`",
        ),
        (
            load_layers("", &[], &[("topic.inputs", "2")]),
            "--set topic.inputs: `topic.inputs` is not a setting; the nearest one is `topics.inputs`",
        ),
    ];
    for (loaded, message) in table {
        assert_eq!(loaded.map(drop), Err(message.to_owned()));
    }
}

#[test]
fn a_wrong_type_is_refused_with_file_and_key() {
    let table = [
        ("[engine]\nworkers = '4'", "FILE: `engine.workers`: expected a whole number from 0 to 4294967295, found the text \"4\""),
        ("[engine]\nworkers = 2.5", "FILE: `engine.workers`: expected a whole number from 0 to 4294967295, found the fraction 2.5"),
        ("[engine]\nworkers = -1", "FILE: `engine.workers`: expected a whole number from 0 to 4294967295, found the number -1"),
        ("[kafka]\nbrokers = 9092", "FILE: `kafka.brokers`: expected a text in quotes, found the number 9092"),
        ("[topics]\ninputs = 'a'", "FILE: `topics.inputs`: expected a list of texts, found the text \"a\""),
        ("[engine]\ntime_from_record = 'yes'", "FILE: `engine.time_from_record`: expected true or false, found the text \"yes\""),
        ("[engine]\ntime_from_record = 1", "FILE: `engine.time_from_record`: expected true or false, found the number 1"),
        ("[log]\nformat = 'jsn'", "FILE: `log.format`: expected one of text, json, found \"jsn\"; the nearest one is `json`"),
        ("engine = 3", "FILE: `engine` is a section: expected a table `[engine]`, found 3"),
        (
            "[kafka.properties]\n'client.rack' = []",
            "FILE: `kafka.properties.\"client.rack\"`: expected a text, a number or a boolean, found a list",
        ),
    ];
    for (toml, message) in table {
        let error = load_file(toml).expect_err(toml);
        assert!(error.starts_with(message), "{error}");
    }
    let error = load_layers("", &[("ADOPTION__ENGINE__WORKERS", "many")], &[]).expect_err("no number");
    assert_eq!(error, "ADOPTION__ENGINE__WORKERS: `engine.workers`: expected a whole number from 0 to 4294967295, found \"many\"");
}

#[test]
fn every_problem_is_told_at_once() {
    let error =
        load_layers("[kafka]\nbrokrs = 'a:1'\n[engine]\nworkers = '4'", &[("ADOPTION__HTTP__PORT", "1")], &[]).expect_err("three problems");
    assert!(error.starts_with("the settings have 3 problems:\n  FILE: `engine.workers`"), "{error}");
}

#[test]
fn a_file_that_is_not_there_or_not_toml() {
    let error = Settings::load_with(Some(Path::new("/nowhere/settings.toml")), variables(&[]), &[]).expect_err("no file");
    assert!(error.to_string().starts_with("/nowhere/settings.toml: the settings file cannot be read: "), "{error}");
    let error = load_file("[kafka\n").expect_err("no TOML");
    assert!(error.starts_with("FILE: not TOML: ") && error.contains("line 1"), "{error}");
}

#[test]
fn a_path_in_a_file_is_relative_to_the_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("settings.toml");
    fs::write(&file, "playbook = 'rules/playbook.yaml'").expect("a file in it");
    let settings = Settings::load_with(Some(&file), variables(&[]), &[]).expect("good settings");
    assert_eq!(settings.playbook, Some(folder.path().join("rules/playbook.yaml")));
    let flag = flags(&[("playbook", "mine.yaml")]);
    let settings = Settings::load_with(Some(&file), variables(&[]), &flag).expect("good settings");
    assert_eq!(settings.playbook, Some("mine.yaml".into()));
}

#[test]
fn a_secret_comes_from_a_file_and_is_never_shown() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let password = folder.path().join("password");
    fs::write(&password, "hunter2 \n").expect("a file in it");
    let settings_file = folder.path().join("settings.toml");
    let toml = "[kafka]\nsecurity_protocol = 'sasl_ssl'\nsasl_mechanism = 'PLAIN'\nsasl_username = 'me'\nsasl_password_file = 'password'\n\
                properties.'sasl.oauthbearer.client.secret' = 'hunter2'\n";
    fs::write(&settings_file, toml).expect("a file in it");
    let settings = Settings::load_with(Some(&settings_file), variables(&[]), &[]).expect("good settings");
    assert_eq!(settings.client_config_common()["sasl.password"], "hunter2 ", "only the newline is dropped");
    for shown in [settings.effective(), format!("{settings:?}"), serde_json::to_string(&settings).expect("JSON")] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    let both = flags(&[("kafka.sasl_password", "x")]);
    let error = Settings::load_with(Some(&settings_file), variables(&[]), &both).expect_err("two passwords");
    assert!(error.to_string().contains("are both set"), "{error}");
    fs::remove_file(&password).expect("the file is there");
    let error = Settings::load_with(Some(&settings_file), variables(&[]), &[]).expect_err("no password");
    assert!(error.to_string().contains("`kafka.sasl_password_file`") && error.to_string().contains("cannot be read"), "{error}");
}

#[test]
fn an_error_does_not_show_a_secret() {
    for toml in ["[kafka]\nsasl_password = 77331", "[kafka]\nsasl_password = 77331x", "[kafka]\n'sasl_password' = ['77331']"] {
        let error = load_file(toml).expect_err(toml);
        assert!(!error.contains("77331"), "{error}");
    }
}

#[test]
fn the_effective_settings_are_a_settings_file() {
    let settings = load_layers(
        "playbook = '/etc/adoption/playbook.yaml'\n[kafka]\nproperties.'client.rack' = \"a \\\"b\\\"\"\n[topics]\ninputs = ['a', 'b']",
        &[("ADOPTION__ENGINE__WORKERS", "7")],
        &[],
    )
    .expect("good settings");
    let text = settings.effective();
    assert!(text.starts_with("playbook = \"/etc/adoption/playbook.yaml\""), "{text}");
    assert!(text.contains("workers = 7  # ADOPTION__ENGINE__WORKERS\n"), "{text}");
    let again = load_file(&text).expect("it loads");
    let without_origins = |settings: Settings| Settings { origins: Origins::new(), ..settings };
    assert_eq!(without_origins(again), without_origins(settings));
}

#[test]
fn targets_of_deliveries_are_tables_by_the_operators_names() {
    let toml = "[deliver]\nretry_seconds = 60\n[deliver.targets.team]\nkind = 'slack'\nurl = 'https://hooks.slack.com/services/hunter2'\n\
                rules = ['usage_drop']\n[deliver.targets.crm]\nkind = 'webhook'\nurl_file = '/run/url'\nsecret_file = '/run/secret'\n";
    let settings = load_layers(toml, &[("ADOPTION__DELIVER__TARGETS__TEAM__SEVERITIES", "critical, warning")], &[]).expect("two targets");
    let team = &settings.deliver.targets["team"];
    assert_eq!((team.kind, &*team.severities), (Some(DeliverKind::Slack), &["critical".to_owned(), "warning".to_owned()][..]));
    assert_eq!(settings.deliver.targets["crm"].kind, Some(DeliverKind::Webhook));
    let text = settings.effective();
    assert!(!text.contains("hunter2") && !format!("{settings:?}").contains("hunter2"), "{text}");
    let severities = "severities = [\"critical\", \"warning\"]  # ADOPTION__DELIVER__TARGETS__TEAM__SEVERITIES\n";
    assert!(text.contains("\n[deliver.targets.team]\nkind = \"slack\"") && text.contains(severities), "{text}");
    let relative = load_file("[deliver.targets.team]\nkind = 'slack'\nurl_file = 'url'").expect("a target");
    assert!(relative.deliver.targets["team"].url_file.as_ref().is_some_and(|path| path.is_absolute()), "beside the file that names it");
    let error = load_file("[deliver.targets]\nteam = 3").expect_err("no table");
    assert_eq!(error, "FILE: `deliver.targets.team` is a section: expected a table `[deliver.targets.team]`, found 3");
    let error = load_file("[deliver.targets.team]\nkind = 'salck'").expect_err("no kind");
    assert!(error.ends_with("found \"salck\"; the nearest one is `slack`"), "{error}");
}

#[test]
fn the_table_says_what_every_setting_means() {
    for setting in table() {
        assert!(!setting.meaning.is_empty(), "{} has no doc comment", setting.key);
    }
    let workers = keys::find("engine.workers").expect("a known key");
    assert_eq!(workers.default, "the number of cores", "a reference must not name the machine it was made on");
}

#[test]
fn the_example_file_holds_every_setting_with_its_default() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/adoption-tracker.toml");
    let text = fs::read_to_string(&example).expect("the example is in the repository");
    Settings::load_with(Some(&example), variables(&[]), &[]).expect("the example loads as it is");
    // A line `# key = value` is a setting at its default or, where there is none, at an example.
    let uncommented: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|rest| is_assignment(rest) || rest.starts_with('[')).unwrap_or(line))
        .collect();
    let mut section = String::new();
    let mut seen = Vec::new();
    for line in &uncommented {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{name}.");
        } else if is_assignment(line) {
            let (name, value) = line.split_once(" = ").expect("an assignment has one");
            let key = format!("{section}{name}");
            let known = keys::find(&key);
            if let Some(setting) = known.filter(|setting| setting.default.parse::<i64>().is_ok() || setting.default.starts_with(['"', '[']))
            {
                assert_eq!(value.replace('_', ""), setting.default.replace('_', ""), "{key} is not at its default");
            }
            // A target's name is the operator's.
            seen.push(known.map_or(key, |setting| setting.key.clone()));
        }
    }
    for setting in table().iter().filter(|setting| setting.kind != Kind::Properties) {
        assert!(seen.contains(&setting.key), "{} is missing in the example", setting.key);
    }
}

/// `name = value`, and no sentence.
fn is_assignment(line: &str) -> bool {
    line.split_once(" = ").is_some_and(|(name, _)| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
}
