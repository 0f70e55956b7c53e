//! Two processes of a group, over TLS on loopback: each answers for all.

use super::lists::{history_lines, path, process, reading};
use super::*;

use std::ops::Range;

use crate::output::PartitionOwned;

const PARTITIONS: i32 = 4;
const TOKEN: &str = "known to the group alone";

/// Some partitions with what they hold, and the URL at which they are asked.
struct Process {
    api: Arc<Api>,
    url: String,
    running: Range<i32>,
    _runtime: tokio::runtime::Runtime,
}

impl Process {
    fn start(instance: &str, settings: &Settings, running: Range<i32>, lines: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let listener = listener::Listener::bind(settings, None).expect("good certificates").expect("it listens");
        let url = format!("https://localhost:{}", listener.address.port());
        let api = process(instance, settings.clone(), PARTITIONS, running.clone(), lines);
        listener.serve(runtime.handle(), Arc::clone(&api)).expect("it serves");
        Self { api, url, running, _runtime: runtime }
    }

    /// This process learns of another's partitions, as by the topic of the portfolio.
    fn learn_of(&self, other: &Self) {
        for partition in other.running.clone() {
            let instance = other.api.connection.instance_id.clone();
            self.api.fleet.own(PartitionOwned { partition, instance, url: Some(other.url.clone()) });
        }
    }
}

fn settings(authority: &Authority) -> Settings {
    authority.certify("server");
    std::fs::write(authority.path("peer"), format!("{TOKEN}\n")).expect("the folder is there");
    Settings {
        listen: "127.0.0.1:0".to_owned(),
        tls_certificate_location: Some(authority.path("server.pem")),
        tls_key_location: Some(authority.path("server.key")),
        peer_token_file: Some(authority.path("peer")),
        peer_ca_location: Some(authority.path("ca.pem")),
        ..Settings::default()
    }
}

/// Members that say which process answers.
fn without_process(mut body: Value) -> Value {
    if let Some(body) = body.as_object_mut() {
        body.remove("as_of");
    }
    body
}

#[test]
fn each_process_answers_for_all() {
    let authority = Authority::new();
    let (settings, lines) = (settings(&authority), history_lines());
    let whole = process("node-0", settings.clone(), PARTITIONS, 0..PARTITIONS, &lines);
    let (one, two) = (Process::start("node-1", &settings, 0..2, &lines), Process::start("node-2", &settings, 2..PARTITIONS, &lines));
    one.learn_of(&two);
    two.learn_of(&one);
    // Whatever was said of a partition that is here.
    one.api.fleet.own(PartitionOwned { partition: 0, instance: "node-2".to_owned(), url: Some(two.url.clone()) });

    let accounts: Vec<String> = get(&whole, "/v1/accounts", &[]).body["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| row["account"].as_str().expect("an id").to_owned())
        .collect();
    let mut asked: Vec<String> = Vec::new();
    for of in reading().into_iter().filter(|of| !of.starts_with("/v1/me")) {
        match of.contains("{account}") {
            true => asked.extend(accounts.iter().map(|account| of.replace("{account}", account))),
            false => asked.push(of),
        }
    }
    let few = path("/v1/accounts", &[("order_by", "features_used_14d desc"), ("page_size", "3"), ("filter", "features_used_14d >= 0")]);
    asked.extend([few, "/v1/incidents?page_size=2".to_owned(), "/v1/accounts/nobody".to_owned()]);
    asked.extend(["csv", "jsonl", "salesforce"].map(|format| format!("/v1/export/accounts?format={format}")));
    for of in asked {
        let expected = get(&whole, &of, &[]);
        for process in [&one, &two] {
            let said = get(&process.api, &of, &[]);
            assert_eq!(said.status, expected.status, "{of}: {}", said.text);
            if said.body.is_null() {
                assert_eq!(said.text, expected.text, "{of}");
            }
            assert_eq!(without_process(said.body), without_process(expected.body.clone()), "{of}");
        }
    }
    // Page by page, each from another process.
    let (mut paged, mut token, mut processes) = (Vec::new(), None::<String>, [&one, &two].into_iter().cycle());
    loop {
        let asked = [("order_by", "days_since_use desc"), ("page_size", "3")];
        let asked: Vec<(&str, &str)> = asked.into_iter().chain(token.iter().map(|token| ("page_token", token.as_str()))).collect();
        let page = get(&processes.next().expect("for ever").api, &path("/v1/accounts", &asked), &[]);
        assert_eq!((&page.body["total"], &page.body["incomplete"]), (&json!(accounts.len()), &json!([])), "{}", page.text);
        paged.extend(page.body["data"].as_array().expect("a list").iter().map(|row| row["account"].as_str().expect("an id").to_owned()));
        token = page.body["next_page_token"].as_str().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    paged.sort();
    assert_eq!(paged, accounts);
}

#[test]
fn of_a_process_that_is_gone_nothing_is_claimed() {
    let authority = Authority::new();
    let (settings, lines) = (settings(&authority), history_lines());
    let (one, two) = (Process::start("node-1", &settings, 0..2, &lines), Process::start("node-2", &settings, 2..PARTITIONS, &lines));
    one.learn_of(&two);
    let accounts = |api: &Arc<Api>| get(api, "/v1/accounts?fields=account", &[]).body["data"].as_array().expect("a list").clone();
    let (all, of_two) = (accounts(&one.api), accounts(&two.api));
    assert!(!of_two.is_empty() && of_two.len() < all.len());
    two.api.health.set_draining();
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    while get(&one.api, "/v1/accounts", &[]).body["incomplete"] == json!([]) {
        assert!(std::time::Instant::now() < deadline, "it answers although it is gone");
        std::thread::sleep(Duration::from_millis(50));
    }
    let listed = get(&one.api, "/v1/accounts", &[]);
    let unreachable = |partition: i32| json!({"reason": "peer-unreachable", "partition": partition});
    assert_eq!(listed.body["incomplete"], json!([unreachable(2), unreachable(3)]));
    assert_eq!(listed.body["total"], all.len() - of_two.len());
    for row in &all {
        let account = row["account"].as_str().expect("an id");
        let said = get(&one.api, &format!("/v1/accounts/{account}"), &[]);
        match of_two.contains(row) {
            true => assert_eq!(said.problem(), (503, "peer-unreachable", "", ""), "{account}"),
            false => assert_eq!(said.status, 200, "{account}"),
        }
    }
    assert_eq!(get(&one.api, "/v1/accounts/nobody", &[]).problem(), (503, "peer-unreachable", "", ""), "two may have it");
    assert_eq!(get(&one.api, "/v1/export/accounts?format=csv", &[]).problem(), (503, "peer-unreachable", "require", ""));
}

#[test]
fn only_the_group_asks_partitions_and_a_question_goes_no_further() {
    let authority = Authority::new();
    let settings = settings(&authority);
    let used = r#"{"type":"usage","time":"2026-09-01T00:00:00Z","account":"acme","product":"crm"}"#;
    let api = process("node-1", settings, PARTITIONS, 0..1, used);
    let nobody = PartitionOwned { partition: 1, instance: "node-2".to_owned(), url: Some("https://127.0.0.1:1".to_owned()) };
    api.fleet.own(nobody);
    let query = json!({
        "partitions": [0, 1],
        "inquiry": {
            "what": {"account": {"account": "acme", "part": "presence", "wait_for": null}},
            "visible": {"all": true, "owner": null},
        },
    })
    .to_string();
    let post = |token: &str| {
        let bearer = format!("Bearer {token}");
        ask(&api, request("POST", ask::PEER_PATH, &[("authorization", &bearer), ("content-type", "application/json")], &query))
    };
    assert_eq!(post("another").problem(), (403, "forbidden", "", ""), "whoever may do everything else may not");
    let said = post(TOKEN);
    assert_eq!(said.status, 200, "{}", said.text);
    assert_eq!(said.body["incomplete"], json!([{"reason": "partition-unowned", "partition": 1}]));
    assert_eq!(get(&api, "/v1/accounts", &[("authorization", &format!("Bearer {TOKEN}"))]).problem(), (403, "forbidden", "", ""));
}
