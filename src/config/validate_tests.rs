//! Each relation at equality, and one step beyond it.

use super::*;

/// Settings as `--set` would make them, so that origins are there too.
fn load(overrides: &[(&str, &str)]) -> Result<Settings, String> {
    let mut all = vec![("kafka.instance_id".to_owned(), "node-1".to_owned())];
    all.extend(overrides.iter().map(|(key, value)| (key.to_string(), value.to_string())));
    Settings::load_with(None, [], &all).map_err(|error| error.to_string())
}

fn assert_accepts(overrides: &[(&str, &str)]) {
    load(overrides).unwrap_or_else(|error| panic!("{overrides:?} should be accepted: {error}"));
}

/// `wanted` parts must all be in the one problem.
fn assert_refuses(overrides: &[(&str, &str)], wanted: &[&str]) {
    let error = load(overrides).expect_err(&format!("{overrides:?} should be refused"));
    assert!(!error.contains("problems:"), "one problem expected: {error}");
    for part in wanted {
        assert!(error.contains(part), "{part:?} should be in: {error}");
    }
}

#[test]
fn relations_at_equality() {
    type Table<'a> = &'a [(&'a str, &'a [(&'a str, &'a str)], &'a [(&'a str, &'a str)])];
    // The setting blamed, what is just accepted, what is just refused.
    let relations: Table = &[
        (
            "`commit.outputs_within_ms`",
            &[("commit.outputs_within_ms", "1000"), ("commit.interval_ms", "1000")],
            &[("commit.outputs_within_ms", "1001"), ("commit.interval_ms", "1000")],
        ),
        ("`commit.interval_ms`", &[("commit.interval_ms", "14999")], &[("commit.interval_ms", "15000")]),
        ("`watchdog.timeout_ms`", &[("watchdog.timeout_ms", "15001")], &[("watchdog.timeout_ms", "15000")]),
        ("`watchdog.timeout_ms`", &[("watchdog.timeout_ms", "300000")], &[("watchdog.timeout_ms", "300001")]),
        ("socket.timeout.ms", &[("kafka.properties.socket.timeout.ms", "14900")], &[("kafka.properties.socket.timeout.ms", "14901")]),
        ("message.timeout.ms", &[("kafka.properties.message.timeout.ms", "15000")], &[("kafka.properties.message.timeout.ms", "15001")]),
        (
            "heartbeat.interval.ms",
            &[("kafka.session_timeout_ms", "6000"), ("kafka.properties.heartbeat.interval.ms", "5999")],
            &[("kafka.session_timeout_ms", "6000"), ("kafka.properties.heartbeat.interval.ms", "6000")],
        ),
        (
            "`kafka.session_timeout_ms`",
            &[("kafka.properties.max.poll.interval.ms", "60000"), ("kafka.session_timeout_ms", "60000")],
            &[("kafka.properties.max.poll.interval.ms", "60000"), ("kafka.session_timeout_ms", "60001")],
        ),
        ("`kafka.transaction_timeout_ms`", &[("kafka.transaction_timeout_ms", "1001")], &[("kafka.transaction_timeout_ms", "999")]),
        ("message.max.bytes", &[("kafka.properties.message.max.bytes", "1048577")], &[("kafka.properties.message.max.bytes", "1048576")]),
        ("`state.redo_seconds`", &[("state.redo_seconds", "1")], &[("state.redo_seconds", "0")]),
        ("`state.redo_events`", &[("state.redo_events", "200000")], &[("state.redo_events", "199999")]),
        ("`engine.workers`", &[("engine.workers", "1")], &[("engine.workers", "0")]),
        ("`engine.workers`", &[("engine.workers", "1024")], &[("engine.workers", "1025")]),
        ("`engine.max_skew_ms`", &[("engine.max_skew_ms", "31536000000")], &[("engine.max_skew_ms", "31536000001")]),
        ("`engine.clock_witnesses`", &[("engine.clock_witnesses", "1")], &[("engine.clock_witnesses", "0")]),
        ("`engine.clock_witnesses`", &[("engine.clock_witnesses", "1000")], &[("engine.clock_witnesses", "1001")]),
        ("`topics.partitions`", &[("topics.partitions", "1")], &[("topics.partitions", "0")]),
        ("`topics.replication_factor`", &[("topics.replication_factor", "32767")], &[("topics.replication_factor", "32768")]),
    ];
    for (blamed, accepted, refused) in relations {
        // The shortest transaction leaves no room for the usual commit interval.
        let room = if accepted[0].1 == "1001" { vec![accepted[0], ("commit.interval_ms", "1000")] } else { accepted.to_vec() };
        assert_accepts(&room);
        if blamed.contains("transaction_timeout") {
            assert_refuses(&[refused[0], ("commit.interval_ms", "500")], &[blamed]);
        } else {
            assert_refuses(refused, &[blamed]);
        }
    }
}

#[test]
fn properties_that_exactly_once_rests_on_are_refused() {
    for (name, _) in FIXED {
        assert_refuses(&[(&format!("kafka.properties.{name}"), "x")], &[name, "the service sets it itself"]);
    }
}

#[test]
fn properties_that_have_an_owner_name_it() {
    for (name, setting) in OWNED {
        assert_refuses(&[(&format!("kafka.properties.{name}"), "x")], &[name, &format!("set `{setting}`")]);
    }
}

#[test]
fn a_property_and_its_setting_are_not_both_taken() {
    assert_accepts(&[("kafka.properties.session.timeout.ms", "6000")]);
    assert_refuses(
        &[("kafka.properties.session.timeout.ms", "6000"), ("kafka.session_timeout_ms", "6000")],
        &["session.timeout.ms", "`kafka.session_timeout_ms` (from --set kafka.session_timeout_ms)"],
    );
}

#[test]
fn a_relation_reads_the_property_that_is_in_force() {
    assert_accepts(&[("kafka.properties.transaction.timeout.ms", "20000"), ("commit.interval_ms", "15000")]);
    assert_refuses(&[("kafka.properties.transaction.timeout.ms", "60000")], &["watchdog.timeout_ms", "60000"]);
    assert_refuses(&[("kafka.properties.socket.timeout.ms", "soon")], &["socket.timeout.ms", "whole number"]);
}

#[test]
fn the_consumer_protocol_leaves_the_session_to_the_broker() {
    let consumer = ("kafka.group_protocol", "consumer");
    assert_accepts(&[consumer]);
    assert_refuses(&[consumer, ("kafka.session_timeout_ms", "6000")], &["group.consumer.session.timeout.ms"]);
    for (name, instead) in CLASSIC_ONLY {
        assert_refuses(&[consumer, (&format!("kafka.properties.{name}"), "6000")], &[name, instead]);
        assert_accepts(&[(&format!("kafka.properties.{name}"), "6000")]);
    }
}

#[test]
fn several_inputs_need_an_assignor_that_keeps_a_partition_together() {
    let inputs = ("topics.inputs", "a,b");
    let strategy = "kafka.properties.partition.assignment.strategy";
    assert_accepts(&[inputs, (strategy, "range")]);
    assert_accepts(&[("topics.inputs", "a"), (strategy, "cooperative-sticky")]);
    assert_refuses(&[inputs, (strategy, "cooperative-sticky")], &["partition.assignment.strategy", "\"range\""]);
    let consumer = ("kafka.group_protocol", "consumer");
    assert_refuses(&[consumer, inputs, ("kafka.properties.group.remote.assignor", "uniform")], &["group.remote.assignor"]);
}

#[test]
fn security_settings_that_would_be_ignored_or_are_missing() {
    assert_refuses(&[("kafka.sasl_username", "a")], &["`kafka.sasl_username`", "kafka.security_protocol"]);
    assert_refuses(&[("kafka.ssl_ca_location", "/ca.pem")], &["`kafka.ssl_ca_location`", "kafka.security_protocol"]);
    assert_refuses(&[("kafka.security_protocol", "SASL_SSL")], &["`kafka.sasl_mechanism` is not set"]);
    let plain = [("kafka.security_protocol", "sasl_ssl"), ("kafka.sasl_mechanism", "plain"), ("kafka.sasl_username", "a")];
    assert_refuses(&plain, &["`kafka.sasl_password` is not set"]);
    assert_accepts(&[plain.as_slice(), &[("kafka.sasl_password", "b")]].concat());
    assert_accepts(&[("kafka.security_protocol", "sasl_ssl"), ("kafka.sasl_mechanism", "oauthbearer")]);
    assert_accepts(&[("kafka.properties.security.protocol", "sasl_ssl"), ("kafka.properties.sasl.username", "a")]);
}

#[test]
fn names_and_addresses() {
    assert_refuses(&[("kafka.brokers", " ")], &["`kafka.brokers`"]);
    assert_refuses(&[("kafka.application_id", "a b")], &["`kafka.application_id`"]);
    assert_refuses(&[("kafka.instance_id", "")], &["`kafka.instance_id`", "host name"]);
    assert_refuses(&[("topics.inputs", "")], &["`topics.inputs`", "empty"]);
    assert_refuses(&[("topics.inputs", "a,b,a")], &["`topics.inputs`", "\"a\" twice"]);
    assert_refuses(&[("topics.inputs", "adoption.alerts.v1")], &["`topics.inputs`", "its own output"]);
    assert_refuses(&[("topics.prefix", "a/b")], &["`topics.prefix`"]);
    for listen in ["9595", "localhost:", ":9595", "localhost:70000"] {
        assert_refuses(&[("http.listen", listen)], &["`http.listen`"]);
    }
    for listen in ["localhost:0", "[::]:9595", "0.0.0.0:80"] {
        assert_accepts(&[("http.listen", listen)]);
    }
    assert_refuses(&[("log.level", "inof")], &["`log.level`", "\"inof\""]);
    assert_accepts(&[("log.level", "info,adoption_tracker::kafka=debug")]);
}

#[test]
fn the_api_off_loopback_needs_authentication_and_tls() {
    let everywhere = ("api.listen", "0.0.0.0:9596");
    let hosts = ("api.hosts", "adoption.example");
    let tokens = ("api.tokens_file", "tokens");
    let tls = [("api.tls_certificate_location", "server.pem"), ("api.tls_key_location", "server.key")];
    for listen in ["", "127.0.0.1:9596", "127.8.8.8:0", "localhost:1", "[::1]:9596"] {
        assert_accepts(&[("api.listen", listen)]);
    }
    assert_refuses(&[("api.listen", "9596")], &["`api.listen`", "127.0.0.1:9596"]);
    let error = load(&[everywhere, hosts]).expect_err("neither");
    for part in ["--set api.listen", "api.tokens_file", "api.jwt_keys_location", "api.client_ca_location", "api.plaintext"] {
        assert!(error.contains(part), "{part:?} should be in: {error}");
    }
    assert_refuses(&[everywhere, hosts, tokens], &["without TLS", "api.tls_certificate_location", "api.plaintext"]);
    assert_refuses(&[everywhere, hosts, tls[0], tls[1]], &["without authentication"]);
    assert_refuses(&[everywhere, hosts, ("api.plaintext", "true")], &["without authentication"]);
    assert_accepts(&[everywhere, hosts, tokens, tls[0], tls[1]]);
    assert_accepts(&[everywhere, hosts, tokens, ("api.plaintext", "true")]);
    assert_refuses(&[everywhere, tokens, tls[0], tls[1]], &["`api.hosts`", "every request would be refused"]);
    assert_accepts(&[everywhere, tokens, tls[0], tls[1], ("api.advertise", "https://a:9596")]);
}

#[test]
fn settings_of_the_api_that_belong_together() {
    let keys = ("api.jwt_keys_location", "keys.json");
    assert_refuses(&[("api.tls_key_location", "a")], &["`api.tls_certificate_location` is not set"]);
    assert_refuses(&[("api.tls_certificate_location", "a")], &["`api.tls_key_location` is not set"]);
    assert_refuses(&[keys, ("api.jwt_audience", "a")], &["`api.jwt_issuer` is not set"]);
    assert_refuses(&[keys, ("api.jwt_issuer", "a")], &["`api.jwt_audience` is not set"]);
    assert_refuses(&[("api.jwt_issuer", "a")], &["`api.jwt_issuer`", "api.jwt_keys_location"]);
    let jwt = [keys, ("api.jwt_issuer", "a"), ("api.jwt_audience", "b")];
    assert_accepts(&jwt);
    assert_refuses(&[jwt.as_slice(), &[("api.jwt_scopes", "read,wirte")]].concat(), &["`api.jwt_scopes`", "\"wirte\"", "write"]);
    assert_refuses(&[jwt.as_slice(), &[("api.jwt_header", "x y")]].concat(), &["`api.jwt_header`"]);
    let tls = [("api.tls_certificate_location", "a"), ("api.tls_key_location", "b")];
    let ca = ("api.client_ca_location", "ca.pem");
    assert_refuses(&[ca, ("api.tokens_file", "t")], &["`api.client_ca_location`", "TLS"]);
    assert_refuses(&[tls.as_slice(), &[ca]].concat(), &["`api.tokens_file` is not set", "cn:NAME"]);
    assert_accepts(&[tls.as_slice(), &[ca, ("api.tokens_file", "t")]].concat());
    assert_refuses(&[("api.advertise", "adoption-0:9596")], &["`api.advertise`", "http://"]);
    assert_refuses(&[("api.hosts", "https://adoption.example")], &["`api.hosts`"]);
    assert_refuses(&[("api.row_age_seconds", "0")], &["`api.row_age_seconds`"]);
    assert_refuses(&[("api.max_requests", "0")], &["`api.max_requests`"]);
    assert_accepts(&[("api.max_streams", "0")]);
}

#[test]
fn targets_of_deliveries_have_what_their_kind_needs() {
    let slack = [("deliver.targets.team.kind", "slack"), ("deliver.targets.team.url", "https://hooks.slack.com/services/hunter2")];
    let webhook =
        [("deliver.targets.crm.kind", "WEBHOOK"), ("deliver.targets.crm.url_file", "url"), ("deliver.targets.crm.secret_file", "secret")];
    assert_accepts(&[slack.as_slice(), &webhook].concat());
    assert_refuses(&[slack[1]], &["`deliver.targets.team.kind` is not set", "slack or webhook"]);
    assert_refuses(&[slack[0]], &["`deliver.targets.team.url` is not set", "`deliver.targets.team.url_file`"]);
    assert_accepts(&[slack[0], ("deliver.targets.team.people_urls_file", "people")]);
    assert_refuses(&[slack[0], slack[1], ("deliver.targets.team.url_file", "url")], &["are both set"]);
    assert_refuses(
        &[slack[0], slack[1], ("deliver.targets.team.secret_file", "a")],
        &["`deliver.targets.team.secret_file` is for webhooks"],
    );
    assert_refuses(&webhook[..2], &["`deliver.targets.crm.secret_file` is not set"]);
    assert_refuses(
        &[webhook.as_slice(), &[("deliver.targets.crm.people_urls_file", "a")]].concat(),
        &["`deliver.targets.crm.people_urls_file` is for Slack"],
    );
    let open = ("deliver.targets.team.url", "http://hooks.slack.com/services/hunter2");
    let error = load(&[slack[0], open]).expect_err("not encrypted");
    assert!(error.contains("`deliver.targets.team.url` is not encrypted") && !error.contains("hunter2"), "{error}");
    assert_accepts(&[slack[0], open, ("deliver.targets.team.plaintext", "true")]);
    assert_refuses(&[("deliver.targets.team.knid", "slack")], &["the nearest one is `deliver.targets.NAME.kind`"]);
    assert_refuses(&[("deliver.targets.a.b.kind", "slack")], &["is not a setting"]);
    assert_accepts(&[("deliver.timeout_seconds", "59"), ("deliver.retry_seconds", "0")]);
    assert_refuses(&[("deliver.timeout_seconds", "60")], &["`deliver.timeout_seconds`", "watchdog.timeout_ms"]);
    assert_refuses(&[("deliver.timeout_seconds", "0")], &["`deliver.timeout_seconds`"]);
    assert_refuses(&[("deliver.console_url", "adoption.example")], &["`deliver.console_url`"]);
}

#[test]
fn what_weakens_a_promise_is_said() {
    let quiet = load(&[]).expect("the defaults are accepted");
    assert_eq!(quiet.warnings(), [""; 0]);
    let loud = load(&[("topics.replication_factor", "2"), ("engine.wall_clock_offset_ms", "-5")]).expect("both are allowed");
    assert_eq!(loud.warnings().len(), 2);
}

#[test]
fn names_of_sections() {
    for (name, legal) in [("success", true), ("crm-2_x", true), ("", false), ("Team", false), ("a.b", false), ("ä", false)] {
        assert_eq!(super::is_name(name), legal, "{name:?}");
    }
}
