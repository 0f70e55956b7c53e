//! Lists and exports, over partitions that live in this process without a broker.

use super::*;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::engine::EngineSettings;
use crate::kafka::queue::Waker;
use crate::partition::{Checkpoint, Inputs, PartitionTask, Partitioner, Record, Share};
use crate::task::{Counts, Partition, PartitionSettings, Recorder, Request, StateBeat};

const BOSS: &[(&str, &str)] = &[("authorization", "Bearer boss")];

/// 2026-10-01, when everything is read.
pub const NOW_MS: i64 = 20_727 * 86_400_000;

struct Nobody;

impl Recorder for Nobody {
    fn committed(&self, _: &Counts) {}
}

/// Takes records in, and then answers as a worker does until nobody can ask any more.
fn work(partition: i32, directory: &Arc<Directory>, lines: &[(String, String)], inbox: &Receiver<(i32, Request)>, settled: &Sender<()>) {
    let settings = PartitionSettings {
        engine: EngineSettings::default(),
        max_skew_ms: 0,
        max_record_bytes: 1 << 20,
        time_from_record: false,
        redo_seconds: 3600,
        redo_events: 1000,
        dead_letter_bytes_max: 1 << 20,
        states: StateBeat::default(),
    };
    let task = Partition::new(partition, &["adoption.inputs.v1".to_owned()], Arc::new(Playbook::shipped()), settings);
    let task = task.report_to(Arc::clone(directory), Arc::new(Nobody)).with_rows(Duration::ZERO);
    let mut task = task.with_portfolio(Duration::ZERO, 1 << 20);
    task.restored(&Inputs::committed(&[None])).expect("nothing was there");
    task.run();
    for (account, line) in lines {
        let offset = task.next_offsets()[0];
        task.process(0, &[Record::bare(offset, account.as_bytes(), Some(line.as_bytes()))], i64::MAX);
    }
    task.caught_up(NOW_MS);
    loop {
        let more = task.roll(32);
        let changed = task.has_changes();
        if changed {
            task.prepare_commit(Checkpoint::Slice, Instant::now());
            task.post_commit();
        }
        let mut share = Share::new(Duration::from_secs(1), Instant::now());
        share.refill(Instant::now(), false);
        task.answer_asked(&mut share, true);
        if more || changed {
            continue;
        }
        // The first to be told waits for it; later there is nobody.
        let _ = settled.send(());
        match inbox.recv_timeout(Duration::from_millis(1)) {
            Ok((_, request)) => PartitionTask::answer(&mut task, request),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// An API over so many partitions, the first of which run and have taken the lines in.
fn over(settings: Settings, partitions: i32, running: i32, lines: &str) -> Arc<Api> {
    process("node-1", settings, partitions, 0..running, lines)
}

/// The API of one process of a group.
pub fn process(instance: &str, settings: Settings, partitions: i32, running: Range<i32>, lines: &str) -> Arc<Api> {
    let directory = Arc::new(Directory::default());
    let api = api_of(instance, settings, partitions, Arc::clone(&directory));
    let mut by_partition: BTreeMap<i32, Vec<(String, String)>> = BTreeMap::new();
    for line in lines.lines() {
        let record: Value = serde_json::from_str(line).expect("JSON");
        let account = record["account"].as_str().expect("an account").to_owned();
        let partition = Partitioner::Murmur2.partition_of(account.as_bytes(), partitions);
        by_partition.entry(partition).or_default().push((account, line.to_owned()));
    }
    for partition in running.clone() {
        let (letters, inbox) = channel();
        api.mailbox.open(partition, 0, &letters, &Arc::new(Waker::default()));
        let (directory, lines) = (Arc::clone(&directory), by_partition.remove(&partition).unwrap_or_default());
        let (tell, is_settled) = channel();
        thread::spawn(move || work(partition, &directory, &lines, &inbox, &tell));
        is_settled.recv().expect("it settles");
    }
    // All rows are as of now.
    let now = Instant::now();
    directory.rows.ask(now, Duration::ZERO);
    let deadline = Instant::now() + Duration::from_secs(30);
    let are_made = || directory.rows.ages().iter().filter(|age| age.as_of >= Some(now)).count() == running.len();
    while !are_made() {
        assert!(Instant::now() < deadline, "rows are not made");
        thread::sleep(Duration::from_millis(2));
    }
    api
}

pub fn history_lines() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/examples/history.jsonl")).expect("the history is there")
}

fn history() -> Arc<Api> {
    over(Settings::default(), 2, 2, &history_lines())
}

/// A path whose parameters are written as URLs have them.
pub fn path(path: &str, parameters: &[(&str, &str)]) -> String {
    let escaped = |text: &str| {
        let one = |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
        text.bytes().map(one).collect::<String>()
    };
    let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    format!("{path}?{}", pairs.join("&"))
}

fn of(answered: &Answered, field: &str) -> Vec<String> {
    assert_eq!(answered.status, 200, "{}", answered.text);
    answered.body["data"].as_array().expect("a list").iter().map(|row| row[field].as_str().expect("a text").to_owned()).collect()
}

#[test]
fn accounts_come_page_by_page_with_what_was_committed() {
    let api = history();
    let all = get(&api, "/v1/accounts", &[]);
    assert_eq!(of(&all, "account"), ["alder", "brook", "cobalt", "dune", "ember", "fjord", "grove", "harbor"]);
    assert_eq!((&all.body["total"], &all.body["incomplete"], all.body.get("next_page_token")), (&json!(8), &json!([]), None));
    let as_of = all.body["as_of"].as_array().expect("a list");
    assert_eq!(as_of.iter().map(|as_of| as_of["partition"].as_i64().expect("a number")).collect::<Vec<_>>(), [0, 1]);
    let read: i64 = as_of.iter().map(|as_of| as_of["offsets"]["adoption.inputs.v1"].as_i64().expect("an offset")).sum();
    assert!(read > 1000 && as_of.iter().all(|as_of| as_of["committed_at"].is_string()), "{as_of:?}");

    let (mut paged, mut token) = (Vec::new(), None::<String>);
    loop {
        let asked = [("order_by", "features_used_14d desc"), ("fields", "features_used_14d"), ("page_size", "3")];
        let asked: Vec<(&str, &str)> = asked.into_iter().chain(token.iter().map(|token| ("page_token", token.as_str()))).collect();
        let page = get(&api, &path("/v1/accounts", &asked), &[]);
        assert!(of(&page, "account").len() <= 3 && page.body["data"][0].as_object().expect("a row").len() == 2);
        assert_eq!(page.body["total"], 8);
        paged.extend(of(&page, "account"));
        token = page.body["next_page_token"].as_str().map(str::to_owned);
        if token.is_none() {
            break;
        }
        let other = [("order_by", "features_used_14d"), ("page_token", token.as_deref().expect("it is there"))];
        assert_eq!(get(&api, &path("/v1/accounts", &other), &[]).problem(), (400, "bad-request", "page_token", ""));
    }
    assert_eq!(paged, of(&get(&api, &path("/v1/accounts", &[("order_by", "features_used_14d desc")]), &[]), "account"));
    assert_eq!(of(&get(&api, &path("/v1/accounts", &[("q", "ALD")]), &[]), "account"), ["alder"]);
    for (parameter, text, position, nearest) in [
        ("filter", "health < 5 && heath > 1", "filter:15", "health"),
        ("filter", "health <", "filter:9", ""),
        ("order_by", "account, ar", "order_by:10", "arr"),
        ("fields", "account,stag", "fields:9", "stage"),
        ("page_token", "x", "page_token", ""),
        ("worklist", "unasigned", "worklist", "unassigned"),
        ("worklist", "low_use", "worklist", ""),
    ] {
        let refused = get(&api, &path("/v1/accounts", &[(parameter, text)]), &[]);
        assert_eq!(refused.problem(), (400, "bad-request", position, nearest), "{parameter}={text}: {}", refused.text);
    }
}

#[test]
fn an_account_that_has_not_changed_is_not_sent_again() {
    let api = history();
    let of = "/v1/accounts/cobalt";
    let tag = get(&api, of, &[]).headers["etag"].to_str().expect("a text").to_owned();
    for (tags, status) in [(&*tag, 304), (&tag[2..], 304), ("\"0\", *", 304), ("\"0\"", 200), ("", 200)] {
        let said = get(&api, of, &[("if-none-match", tags)]);
        assert_eq!((said.status, said.text.is_empty(), said.headers["etag"].to_str().ok()), (status, status == 304, Some(&*tag)), "{tags}");
    }
    assert_eq!(get(&api, "/v1/accounts/dune", &[("if-none-match", &tag)]).status, 200);
}

#[test]
fn an_explanation_is_that_of_the_account_of_one_of_its_products_or_of_a_rule() {
    let api = history();
    let explained = |query: &str| get(&api, &format!("/v1/accounts/cobalt/explain{query}"), &[]);
    let whole = explained("").body["data"].clone();
    assert_eq!((&whole["account"], &whole["stage"]["stage"]), (&json!("cobalt"), &json!("full_platform")));
    let ids = |of: &Value| of["products"].as_array().expect("a list").iter().map(|product| product["product"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&explained("?product=crm").body["data"]), [json!("crm")]);
    assert_eq!(ids(&whole).len(), 5);
    let of_rule = explained("?rule=usage_drop").body["data"]["rules"].clone();
    assert!(
        of_rule.as_array().is_some_and(|rules| !rules.is_empty() && rules.iter().all(|rule| rule["rule"] == "usage_drop")),
        "{of_rule}"
    );
    assert_eq!(explained("?product=crn").problem(), (400, "bad-request", "product", "crm"));
    assert_eq!(explained("?rule=usage_dorp").problem(), (400, "bad-request", "rule", "usage_drop"));
    assert_eq!(explained("?rule=usage_drop&product=crm").problem(), (400, "bad-request", "rule", ""));
}

#[test]
fn the_portfolio_of_some_accounts_is_counted_of_them_alone() {
    let (_folder, settings) = with_tokens();
    let told = |account: &str, owner: &str, product: &str| {
        let time = "2026-09-01T00:00:00Z";
        let account_told = json!({"type": "account", "time": time, "account": account, "owner": owner});
        let used = json!({"type": "usage", "time": time, "account": account, "product": product, "user": "u"});
        format!("{account_told}\n{used}\n")
    };
    let lines: String = [("a", "Amy", "crm"), ("b", "Amy", "marketing"), ("c", "Ben", "crm"), ("d", "Ben", "crm")]
        .map(|(account, owner, product)| told(account, owner, product))
        .concat();
    let api = over(settings, 3, 3, &lines);
    let counted = |who, parameters: &[(&str, &str)]| {
        let said = get(&api, &path("/v1/portfolio", parameters), who);
        let stages = &said.body["data"]["figures"]["by_product_stage"];
        let used = |product: &str| {
            let stages = stages[product].as_object()?.iter().filter(|(stage, _)| *stage != "none");
            Some(stages.filter_map(|(_, count)| count.as_i64()).sum::<i64>())
        };
        (said.body["data"]["figures"]["accounts"].as_i64(), used("crm"), used("marketing"))
    };
    let seen = ("of", "seen");
    assert_eq!(counted(BOSS, &[seen]), (Some(4), Some(3), Some(1)));
    assert_eq!(counted(AMYS, &[seen]), (Some(2), Some(1), Some(1)));
    assert_eq!(counted(BOSS, &[("filter", "has_any(products, [\"crm\"])")]), (Some(3), Some(3), Some(0)));
    assert_eq!(counted(AMYS, &[("filter", "has_any(products, [\"crm\"])")]), (Some(1), Some(1), Some(0)));
    assert_eq!(counted(AMYS, &[("filter", "account == \"c\"")]), (Some(0), Some(0), Some(0)), "Ben's");
    let refused = |parameters: &[(&str, &str)]| get(&api, &path("/v1/portfolio", parameters), BOSS);
    assert_eq!(refused(&[("filter", "stag == 1")]).problem(), (400, "bad-request", "filter:1", "stage"));
    assert_eq!(refused(&[("filter", "true"), ("of", "fleet")]).problem(), (400, "bad-request", "of", ""));
}

#[test]
fn of_a_small_group_nothing_is_told_to_those_who_may_not_see_every_account() {
    let (_folder, settings) = with_tokens();
    let api = api(settings);
    let fleet = |accounts: i64| {
        let segments = json!({"large": {"accounts": 5}, "small": {"accounts": 4}});
        crate::view::Fleet::new(json!({"day": "2026-09-01", "figures": {"accounts": accounts}, "segments": segments, "targets": {}}))
    };
    let segments = |who| {
        let said = get(&api, "/v1/portfolio", who);
        said.body["data"]["segments"].as_object().map(|segments| segments.keys().cloned().collect::<Vec<_>>())
    };
    api.fleet.set(fleet(9));
    assert_eq!(segments(BOSS), Some(vec!["large".to_owned(), "small".to_owned()]));
    assert_eq!(segments(AMYS), Some(vec!["large".to_owned()]));
    api.fleet.set(fleet(4));
    assert_eq!(segments(AMYS), None);
    assert!(segments(BOSS).is_some());
}

#[test]
fn worklists_say_what_they_have_and_are_lists() {
    let api = history();
    let worklists = get(&api, "/v1/worklists", &[]);
    assert_eq!(of(&worklists, "worklist"), ["fewest_features", "not_contacted", "unassigned", "low_use", "users_not_contacted"]);
    let row = &worklists.body["data"][1];
    assert_eq!((&row["rows"], &row["order_by"]), (&json!("accounts"), &json!("days_since_touchpoint desc")));
    for row in worklists.body["data"].as_array().expect("a list") {
        let of_rows = format!("/v1/{}", row["rows"].as_str().expect("a text"));
        let listed = get(&api, &path(&of_rows, &[("worklist", row["worklist"].as_str().expect("a text"))]), &[]);
        assert_eq!(listed.body["total"], row["count"], "{row}: {}", listed.text);
        // What is told of it is what may be asked.
        let texts = ["filter", "order_by"].into_iter().filter_map(|name| Some((name, row[name].as_str()?)));
        let asked = get(&api, &path(&of_rows, &texts.collect::<Vec<_>>()), &[]);
        assert_eq!(asked.body["data"], listed.body["data"], "{row}");
    }
    // Of the eight two were spoken with, at most 71 days before; all have an owner.
    let counts: Vec<i64> = (0..3).map(|at| worklists.body["data"][at]["count"].as_i64().expect("a number")).collect();
    assert_eq!(counts, [8, 8, 0]);
    let narrowed = path("/v1/accounts", &[("worklist", "fewest_features"), ("filter", "features_used_14d > 0")]);
    assert_eq!(of(&get(&api, &narrowed, &[]), "account"), ["alder", "cobalt"]);
}

#[test]
fn users_are_those_of_an_account_or_of_few_enough() {
    let api = history();
    let cobalt = get(&api, &path("/v1/accounts/cobalt/users", &[("order_by", "features_used_14d desc"), ("page_size", "2")]), &[]);
    assert_eq!(of(&cobalt, "user"), ["ada", "bea"]);
    assert_eq!(cobalt.body["as_of"].as_array().map(Vec::len), Some(1));
    let among = path("/v1/users", &[("accounts", "features_used_14d > 0"), ("order_by", "features_used_14d desc"), ("page_size", "2")]);
    assert_eq!(of(&get(&api, &among, &[]), "user"), ["ada", "bea"]);
    let all = get(&api, "/v1/users", &[]);
    assert!(all.body["total"].as_u64() > cobalt.body["total"].as_u64() && cobalt.body["total"].as_u64() > Some(2), "{}", all.text);
    assert_eq!(get(&api, "/v1/accounts/colbat/users", &[]).problem(), (404, "not-found", "account", ""));
    let wrong = path("/v1/users", &[("accounts", "helth < 5")]);
    assert_eq!(get(&api, &wrong, &[]).problem(), (400, "bad-request", "accounts:1", "health"));

    let used = |account: usize| {
        format!(
            "{{\"type\":\"usage\",\"time\":\"2026-09-01T00:00:00Z\",\"account\":\"a{account:03}\",\"product\":\"crm\",\"user\":\"u\"}}\n"
        )
    };
    let api = over(Settings::default(), 3, 3, &(0..501).map(used).collect::<String>());
    let refused = get(&api, "/v1/users", &[]);
    assert_eq!(refused.problem(), (400, "too-broad", "accounts", ""));
    assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains("501 accounts")), "{}", refused.text);
    let all_but_one = get(&api, &path("/v1/users", &[("accounts", "account != \"a007\"")]), &[]);
    assert_eq!((all_but_one.status, &all_but_one.body["total"]), (200, &json!(500)), "{}", all_but_one.text);
    let worklists = get(&api, "/v1/worklists", &[]);
    let counts: Vec<Option<i64>> = (0..5).map(|at| worklists.body["data"][at]["count"].as_i64()).collect();
    assert_eq!(counts, [Some(501), Some(501), Some(501), None, None], "of too many accounts users are not counted");
}

#[test]
fn what_lacks_says_so() {
    let lines: String = ["a", "b", "c", "d", "e", "f"]
        .map(|account| format!("{{\"type\":\"account\",\"time\":\"2026-09-01T00:00:00Z\",\"account\":\"{account}\"}}\n"))
        .concat();
    let api = over(Settings::default(), 3, 2, &lines);
    for of in ["/v1/accounts", "/v1/users", "/v1/worklists"] {
        let lacking = get(&api, of, &[]);
        assert_eq!(lacking.body["incomplete"], json!([{"reason": "partition-unowned", "partition": 2}]), "{of}");
        assert_eq!(lacking.body["as_of"].as_array().map(Vec::len), Some(2), "{of}");
        let refused = get(&api, &format!("{of}?require=complete"), &[]);
        assert_eq!(refused.problem(), (503, "partition-unowned", "require", ""), "{of}");
    }
    let listed = get(&api, "/v1/accounts", &[]).body["total"].as_u64().expect("a number");
    assert!(0 < listed && listed < 6, "{listed}");
    assert_eq!(get(&api, "/v1/export/accounts?format=csv", &[]).problem(), (503, "partition-unowned", "require", ""));
}

#[test]
fn exports_are_the_rows_as_files() {
    let api = history();
    let listed = get(&api, "/v1/accounts?order_by=arr", &[]);
    let jsonl = get(&api, "/v1/export/accounts?format=jsonl&order_by=arr", &[]);
    assert_eq!(
        (&jsonl.headers["content-type"], &jsonl.headers["adoption-rows"]),
        (&"application/x-ndjson".parse().expect("a text"), &"8".parse().expect("a text"))
    );
    let rows: Vec<Value> = jsonl.text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(Value::from(rows), listed.body["data"]);

    let exported = get(&api, &path("/v1/export/accounts", &[("format", "csv"), ("filter", "account != \"dune\"")]), &[]);
    assert_eq!(
        (&exported.headers["adoption-rows"], &exported.headers["content-disposition"]),
        (&"7".parse().expect("a text"), &"attachment; filename=\"accounts.csv\"".parse().expect("a text"))
    );
    let mut read = csv::Reader::from_reader(exported.text.as_bytes());
    let head = read.headers().expect("a head").clone();
    let records: Vec<csv::StringRecord> = read.records().map(|record| record.expect("as many fields each")).collect();
    assert_eq!(records.len(), 7);
    let cell =
        |record: &csv::StringRecord, name: &str| record[head.iter().position(|field| field == name).expect("it is there")].to_owned();
    let by_id = get(&api, &path("/v1/accounts", &[("filter", "account != \"dune\"")]), &[]);
    for (record, row) in records.iter().zip(by_id.body["data"].as_array().expect("a list")) {
        for field in ["account", "stage", "arr", "usage_change_30"] {
            let expected = row.get(field).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            assert_eq!(cell(record, field), expected.unwrap_or_default(), "{field} of {row}");
        }
        let days: Vec<String> = row["features_used_by_day"].as_array().expect("days").iter().map(Value::to_string).collect();
        assert_eq!(cell(record, "features_used_by_day"), days.join(";"));
    }
    assert_eq!(get(&api, "/v1/export/accounts?format=xlsx", &[]).problem(), (400, "bad-request", "format", ""));
    assert_eq!(get(&api, "/v1/export/accounts", &[]).problem(), (400, "bad-request", "format", ""));
}

#[test]
fn a_spreadsheet_finds_no_formula_and_a_crm_the_names_of_its_fields() {
    let told = |account: &str, name: &str, ids: &str| {
        format!(
            "{{\"type\":\"account\",\"time\":\"2026-09-01T00:00:00Z\",\"account\":\"{account}\",\"name\":{},\"ids\":{ids}}}\n",
            json!(name)
        )
    };
    let api =
        over(Settings::default(), 2, 2, &(told("acme", "=1+1", "{\"salesforce\":\"0017F0001\"}") + &told("-zeta", "Ze, \"ta\"", "{}")));
    let exported = get(&api, "/v1/export/accounts?format=csv&order_by=account%20desc", &[]);
    let lines: Vec<&str> = exported.text.split('\n').collect();
    assert!(lines[0].starts_with("account,name,owner,"), "{}", exported.text);
    assert!(lines[1].starts_with("acme,'=1+1,,"), "{}", exported.text);
    assert!(lines[2].starts_with("'-zeta,\"Ze, \"\"ta\"\"\",,"), "{}", exported.text);
    let salesforce = get(&api, "/v1/export/accounts?format=salesforce", &[]);
    assert_eq!(
        salesforce.text,
        "external_id,products_adopted_count__c,products_available__c,primary_product__c,second_product__c,time_to_second_product_days__c\n\
         -zeta,0,0,,,\n\
         0017F0001,0,0,,,\n"
    );
    let history = history();
    let asked = path("/v1/export/accounts", &[("format", "salesforce"), ("formulas", "true"), ("filter", "account == \"cobalt\"")]);
    let text = get(&history, &asked, &[]).text;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "external_id,products_adopted_count__c,products_available__c,adoption_breadth_percentage__c,primary_product__c,second_product__c,\
         time_to_second_product_days__c,adoption_stage__c"
    );
    assert_eq!((lines.len(), lines[1]), (2, "cobalt,5,5,100,crm,marketing,91,full_platform"));
}

/// Numbers that look drawn, the same at each run.
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Each route that reads, with whatever it must be given; accounts are in the path as `{account}`.
pub fn reading() -> Vec<String> {
    let given = |route: &'static route::Route| {
        let one = |(name, of, required): (&str, &Value, bool)| {
            let choice = of["enum"][0].as_str().or_else(|| of["oneOf"][0]["const"].as_str()).map(str::to_owned);
            (required && !route.path.contains(&format!("{{{name}}}")))
                .then(|| format!("{name}={}", choice.unwrap_or_else(|| "crm".to_owned())))
        };
        parameters::listed(&route.parameters).into_iter().filter_map(one).collect::<Vec<_>>().join("&")
    };
    let is_read = |route: &&route::Route| {
        // The stream does not end; a history is read from topics, which are not here.
        route.method == route::Method::Get && route.path != "/v1/changes" && !route.path.ends_with("/history")
    };
    routes::table().iter().filter(is_read).map(|route| format!("{}?{}", route.path, given(route))).collect()
}

/// Events of accounts of several owners, and which of them Amy sees and which she does not.
fn of_several_owners(drawn: &mut Drawn) -> (String, Vec<String>, Vec<String>) {
    let (mut lines, mut shown, mut hidden) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..ACCOUNTS {
        // Nothing else has such a text in it.
        let account = format!("acct{number:02}zz{}", drawn.below(1_000_000));
        let mut told = json!({"type": "account", "time": "2026-07-01T00:00:00Z", "account": account, "name": format!("N {account}")});
        let owner = ["Amy", "Ben", "amy", ""][drawn.below(4) as usize];
        if !owner.is_empty() {
            told["owner"] = json!(owner);
        }
        lines.push(told);
        for day in 1..2 + drawn.below(20) {
            let (time, user) = (format!("2026-07-{day:02}T10:00:00Z"), format!("u{}{account}", drawn.below(3)));
            let feature = "contact.created";
            lines.push(json!({"type": "usage", "time": time, "account": account, "product": "crm", "user": user, "feature": feature}));
        }
        // Two months later much is open.
        lines.push(json!({"type": "account", "time": "2026-09-20T00:00:00Z", "account": account, "region": "eu"}));
        if matches!(owner, "Amy" | "") { shown.push(account) } else { hidden.push(account) }
    }
    (lines.iter().map(|line| format!("{line}\n")).collect(), shown, hidden)
}

const ACCOUNTS: u64 = 24;
const AMYS: &[(&str, &str)] = &[("authorization", "Bearer amys")];

/// None of these accounts is told of.
fn assert_hides(answered: &Answered, hidden: &[String], of: &str) {
    let told = hidden.iter().find(|account| answered.text.contains(account.as_str()));
    assert_eq!(told, None, "{of} tells of it: {}", answered.text);
}

fn total(api: &Arc<Api>, of: &str, who: &[(&str, &str)]) -> u64 {
    let answered = get(api, of, who);
    answered.body["total"].as_u64().unwrap_or_else(|| panic!("{of} has no total: {}", answered.text))
}

#[test]
fn nobody_learns_of_an_account_that_is_anothers() {
    let mut drawn = Drawn(7);
    for _ in 0..3 {
        let (lines, shown, hidden) = of_several_owners(&mut drawn);
        let (_folder, settings) = with_tokens();
        let api = over(settings, 3, 3, &lines);
        for of in reading() {
            if !of.contains("{account}") {
                assert_hides(&get(&api, &of, AMYS), &hidden, &of);
                continue;
            }
            for account in &hidden {
                let (of, other) = (of.replace("{account}", account), of.replace("{account}", "unknown"));
                let (amys, unknown) = (get(&api, &of, AMYS), get(&api, &other, AMYS));
                assert_eq!((amys.status, get(&api, &of, BOSS).status), (404, 200), "{of}");
                assert_eq!(amys.text.replace(account, ""), unknown.text.replace("unknown", ""), "{of} tells that there is such an account");
            }
        }
        assert_eq!([AMYS, BOSS].map(|who| total(&api, "/v1/accounts", who)), [shown.len() as u64, ACCOUNTS]);
        for of in ["/v1/incidents?page_size=500", "/v1/users?page_size=500"] {
            let (amy, boss) = (get(&api, of, AMYS), get(&api, of, BOSS));
            assert_hides(&amy, &hidden, of);
            let seen = of_accounts(&boss, &shown);
            assert_eq!((amy.body["total"].as_u64(), of_accounts(&amy, &shown)), (Some(seen), seen), "{of}");
            assert!(boss.body["total"].as_u64() > Some(seen), "{of} has none that is hidden: the test says nothing");
        }
        // What is read from topics or written to them, as far as that goes without a broker.
        let touched = |account: &String, who: &[(&str, &str)]| {
            let touchpoint = json!({"type": "touchpoint", "time": "2026-09-21T00:00:00Z", "account": account, "kind": "call"}).to_string();
            let headers: Vec<(&str, &str)> = who.iter().copied().chain([("content-type", "application/json")]).collect();
            // A token of another page is looked at only once the account may be seen.
            let history = get(&api, &format!("/v1/accounts/{account}/history?page_token=x"), who);
            (history.status, ask(&api, request("POST", "/v1/inputs", &headers, &touchpoint)).status)
        };
        hidden.iter().for_each(|account| assert_eq!(touched(account, AMYS), (404, 404), "{account}"));
        assert_eq!((touched(&shown[0], AMYS), touched(&hidden[0], BOSS)), ((400, 503), (400, 503)));
        for account in &hidden {
            let filter = format!("account == \"{account}\"");
            for (of, parameter, text) in [("accounts", "filter", &filter), ("accounts", "q", account), ("users", "accounts", &filter)] {
                let of = path(&format!("/v1/{of}"), &[(parameter, text)]);
                assert_eq!(total(&api, &of, AMYS), 0, "whatever is asked for by name: {of}");
                assert!(total(&api, &of, BOSS) > 0, "{of}");
            }
        }
        let counts = [AMYS, BOSS].map(|who| get(&api, "/v1/worklists", who).body["data"][0]["count"].as_u64());
        assert_eq!(counts, [Some(shown.len() as u64), Some(ACCOUNTS)]);
        let rows = |format: &str, who| get(&api, &format!("/v1/export/accounts?format={format}"), who).headers["adoption-rows"].clone();
        for format in ["csv", "jsonl", "salesforce"] {
            assert_eq!([AMYS, BOSS].map(|who| rows(format, who)), [shown.len().to_string(), ACCOUNTS.to_string()], "{format}");
            assert_hides(&get(&api, &format!("/v1/export/accounts?format={format}"), AMYS), &hidden, format);
        }
    }
}

/// Rows that are of these accounts.
fn of_accounts(answered: &Answered, accounts: &[String]) -> u64 {
    let rows = answered.body["data"].as_array().expect("a list");
    rows.iter().filter(|row| accounts.iter().any(|account| row["account"] == account.as_str())).count() as u64
}
