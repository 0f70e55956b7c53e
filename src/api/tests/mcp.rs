//! Agents' tools over HTTP, over partitions that live in this process without a broker.

use super::lists::{NOW_MS, history_lines, process};
use super::*;

use crate::portfolio::Outline;
use crate::replay::{Division, Input, ReplayOptions, replay};
use crate::view::Fleet;

const AMY: (&str, &str) = ("authorization", "Bearer amys");
const BEN: (&str, &str) = ("authorization", "Bearer bens");
const BOSS: (&str, &str) = ("authorization", "Bearer boss");

fn post(api: &Arc<Api>, who: &[(&str, &str)], message: &Value) -> Answered {
    let own =
        [("content-type", "application/json"), ("accept", "application/json, text/event-stream"), ("mcp-protocol-version", "2025-11-25")];
    let headers: Vec<(&str, &str)> = own.into_iter().chain(who.iter().copied()).collect();
    ask(api, request("POST", "/mcp", &headers, &message.to_string()))
}

/// What a call came to: its answer, or the refusal.
fn call(api: &Arc<Api>, who: &[(&str, &str)], tool: &str, arguments: &Value) -> std::result::Result<Value, Value> {
    let message = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": tool, "arguments": arguments}});
    let answered = post(api, who, &message);
    assert_eq!((answered.status, &answered.body["id"]), (200, &json!(7)), "{}", answered.text);
    let result = &answered.body["result"];
    let text = result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{tool}: {}", answered.text));
    let told: Value = serde_json::from_str(text).expect("the text is JSON");
    if result["isError"] == true {
        assert_eq!(result.get("structuredContent"), None);
        return Err(told);
    }
    assert_eq!(result["structuredContent"], told, "the answer stands in it twice");
    Ok(told)
}

fn history() -> Arc<Api> {
    process("node-1", Settings::default(), 2, 0..2, &history_lines())
}

/// The figures of all accounts of the history, as the service would have read them.
fn with_fleet(api: Arc<Api>) -> Arc<Api> {
    let lines = history_lines();
    let options = ReplayOptions {
        until_ms: Some(NOW_MS),
        latest_ms: i64::MAX,
        max_record_bytes: 1 << 20,
        engine: crate::engine::EngineSettings::default(),
        portfolio: true,
    };
    let input = Input::AsItIs(Box::new(std::io::Cursor::new(lines.into_bytes())));
    let playbook = Arc::clone(&api.playbook);
    let (summary, _) =
        replay(Arc::clone(&playbook), options, Division::default(), input, std::io::sink(), |_| Ok(()), |_, _| ()).expect("it is read");
    let day = crate::engine::day_in(&playbook.time_zone, summary.ended_ms.expect("events"));
    let event = crate::output::fleet(&summary.counts.expect("counted"), day, &Outline::new(&playbook)).0;
    api.fleet.set(Fleet::new(serde_json::from_str(&event.data).expect("JSON")));
    api
}

#[test]
fn a_client_is_told_who_answers_and_which_tools_there_are() {
    let api = history();
    let client = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": client});
    // The header is that of what was agreed upon, of which nothing is yet.
    let headers = [("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
    let greeted = ask(&api, request("POST", "/mcp", &headers, &message.to_string()));
    assert_eq!((greeted.status, &greeted.body["result"]["protocolVersion"]), (200, &json!("2025-06-18")), "{}", greeted.text);
    assert_eq!(greeted.body["result"]["serverInfo"]["name"], "adoption-tracker");
    assert!(!greeted.headers.contains_key("mcp-session-id"), "nothing is kept");
    let noted = post(&api, &[], &json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    assert_eq!((noted.status, noted.text.as_str()), (202, ""));
    let listed = post(&api, &[], &json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}));
    let tools = listed.body["result"]["tools"].as_array().expect("a list");
    let names: Vec<&str> = tools.iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert_eq!(names.first().zip(names.last()), Some((&"analytics_feature_adoption", &"adoption_record_task")), "{names:?}");
    let (_folder, settings) = with_tokens();
    let listed = post(&self::api(settings), &[BEN], &json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}));
    assert!(!listed.text.contains("adoption_record_task"), "who may not write is not told how");
}

#[test]
fn requests_are_looked_at_as_all_others_are() {
    let (_folder, settings) = with_tokens();
    let api = api(settings);
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    assert_eq!(post(&api, &[], &list).problem(), (401, "unauthenticated", "", ""));
    assert_eq!(post(&api, &[("authorization", "Bearer opss")], &list).problem(), (403, "forbidden", "", ""));
    let evil = Request::post("/mcp").header("host", "evil.example").body(Body::from("{}")).expect("a request");
    assert_eq!(ask(&api, evil).problem(), (403, "forbidden", "", ""));
    assert_eq!(get(&api, "/mcp", &[AMY]).problem(), (405, "method-not-allowed", "", ""));
    let text = ask(&api, request("POST", "/mcp", &[AMY, ("content-type", "text/plain")], "{}"));
    assert_eq!(text.problem(), (400, "bad-request", "content-type", ""));
    // Without a token, pages of other sites are refused, and programs that say nothing are not.
    let open = self::api(Settings::default());
    for (origin, status) in [("https://evil.example", 403), ("null", 403), ("http://localhost:9596", 200)] {
        assert_eq!(post(&open, &[("origin", origin)], &list).status, status, "{origin}");
    }
    assert_eq!(post(&open, &[("sec-fetch-site", "cross-site")], &list).status, 403);
    assert_eq!(post(&open, &[], &list).status, 200);
    assert_eq!(open.metrics.render(&open.health, 0).matches("adoption_api_requests_total{route=\"/mcp\",status=\"200\"} 2").count(), 1);
    let unknown = post(&open, &[], &json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "adoption_explian"}}));
    assert_eq!(
        unknown.body["error"]["message"], "there is no tool \"adoption_explian\"; the nearest one is adoption_explain",
        "{}",
        unknown.text
    );
    assert_eq!(
        ask(&open, request("POST", "/mcp", &[("content-type", "application/json")], "{}")).status,
        406,
        "the protocol asks for an Accept"
    );
}

#[test]
fn the_seven_steps_are_answered_from_what_the_api_knows() {
    let api = with_fleet(history());
    let ask = |tool: &str, arguments: Value| call(&api, &[], tool, &arguments).unwrap_or_else(|refusal| panic!("{tool}: {refusal}"));
    let view = get(&api, "/v1/accounts/cobalt", &[]).body["data"].clone();
    let product =
        |id: &str| view["products"].as_array().expect("a list").iter().find(|product| product["product"] == id).expect("it is there");

    let adoption = ask("analytics.feature_adoption", json!({"accountId": "cobalt", "groupByProduct": true, "includeModules": true}));
    let products = adoption["data"]["products"].as_array().expect("a list");
    assert_eq!(products.len(), view["products"].as_array().expect("a list").len());
    for told in products {
        let known = product(told["product"].as_str().expect("an id"));
        for (name, path) in [("stage", "/stage"), ("score", "/score/value"), ("active_users", "/active_users"), ("seats", "/seats")] {
            assert_eq!(told.get(name), known.pointer(path), "{name} of {told}");
        }
        let by_id = |features: &Value| {
            let mut features = features.as_array().expect("a list").clone();
            features.sort_by_key(|feature| feature["feature"].to_string());
            features
        };
        assert_eq!(by_id(&told["features"]), by_id(&known["features"]));
        assert!(told["modules"].is_array());
    }
    let flat = ask("analytics_feature_adoption", json!({"accountId": "cobalt", "groupByProduct": false, "limit": 3}));
    assert_eq!((flat["data"]["features"].as_array().map(Vec::len), &flat["next"]["skip"]), (Some(3), &json!(3)), "{flat}");

    let subscription = ask("stripe.get_subscription", json!({"customerId": "cobalt", "includeProducts": true, "includeAddons": true}));
    let crm = subscription["data"]["products"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|product| product["product"] == "crm")
        .expect("it is bought");
    assert_eq!((&crm["seats"], crm["terms"][0]["starts"].is_string()), (&product("crm")["seats"], true));
    let addons: usize = view["products"]
        .as_array()
        .expect("a list")
        .iter()
        .flat_map(|product| product["terms"].as_array().expect("a list"))
        .map(|term| term["addons"].as_array().map_or(0, Vec::len))
        .sum();
    assert_eq!(subscription["data"]["addons"].as_array().map(Vec::len), Some(addons));

    let account = ask("crm.get_account", json!({"accountId": "cobalt", "includeUseCase": true, "includeContract": true}));
    assert_eq!(account["data"]["use_cases"], view["profile"]["use_cases"]);
    let contract = &account["data"]["contract"];
    assert_eq!((&contract["arr"], &contract["renewal"]), (&json!(90_000.0), &json!("2026-12-31")), "{account}");
    let without = ask("crm_get_account", json!({"accountId": "cobalt", "includeUseCase": false, "includeContract": false}));
    assert_eq!((without["data"].get("contract"), without["data"].get("use_cases"), without["data"].get("journey")), (None, None, None));

    let names = ["cross_product_action", "integration_use", "workflow_complete"];
    let events = ask("analytics.query_events", json!({"accountId": "cobalt", "events": names, "period": "30d"}));
    let of_workflows = get(&api, "/v1/accounts/cobalt/timeline?by=workflow&days=30", &[]).body["data"]["series"].clone();
    let told: Vec<&Value> = events["data"]["events"].as_array().expect("a list").iter().map(|series| &series["daily"]).collect();
    assert_eq!(told, of_workflows.as_array().expect("a list").iter().map(|series| &series["daily"]).collect::<Vec<_>>());
    assert_eq!((&events["data"]["granularity"], events["data"]["connections"].is_array()), (&json!("day"), true));
    let used = ask("analytics_query_events", json!({"accountId": "cobalt", "events": ["contact.created"], "period": "7d"}));
    assert_eq!(
        (&used["data"]["events"][0]["product"], used["data"]["events"][0]["daily"].as_array().map(Vec::len)),
        (&json!("crm"), Some(7))
    );

    let report = ask("adoption_account_report", json!({"account": "cobalt", "sections": ["elements", "products"]}));
    assert_eq!((&report["data"]["score"], &report["data"]["elements"]), (&view["score"], &view["elements"]));
    let recommended =
        ask("adoption_account_report", json!({"account": "cobalt", "sections": ["recommendations", "cross_sell", "guardrails"]}));
    assert_eq!((&recommended["data"]["recommendations"], recommended["data"].get("products")), (&view["recommendations"], None));
    let explained = ask("adoption_explain", json!({"account": "cobalt", "product": "crm"}));
    let explanation = get(&api, "/v1/accounts/cobalt/explain?product=crm", &[]).body["data"].clone();
    assert_eq!(explained["data"]["products"], explanation["products"]);
    assert!(explained["as_of"]["clock"].is_string() && explained["as_of"]["committed_at"].is_string(), "{}", explained["as_of"]);
}

#[test]
fn all_accounts_are_told_the_worst_first_and_page_by_page() {
    let api = with_fleet(history());
    let ask = |tool: &str, arguments: Value| call(&api, &[], tool, &arguments).unwrap_or_else(|refusal| panic!("{tool}: {refusal}"));
    let listed = get(&api, "/v1/accounts?order_by=health,adoption_score&fields=account", &[]).body["data"].clone();
    let of_all: Vec<&str> = listed.as_array().expect("a list").iter().filter_map(|row| row["account"].as_str()).collect();
    let (mut found, mut given) = (Vec::new(), json!({"limit": 3}));
    loop {
        let page = ask("adoption_find_accounts", given.clone());
        found.extend(page["data"].as_array().expect("rows").iter().map(|row| row["account"].as_str().expect("an id").to_owned()));
        let left = page["left_out"]["data"].as_u64().unwrap_or(0);
        assert_eq!(found.len() as u64 + left, 8, "{page}");
        match page.get("next") {
            Some(next) => given = next.clone(),
            None => break,
        }
    }
    assert_eq!(found, of_all);
    // The cut to bytes goes on behind what was shown, as well.
    let few = ask(
        "adoption_find_accounts",
        json!({"max_bytes": 4096, "fields": "name,owner,segment,stage,products,health,features_used_by_day"}),
    );
    let narrow = ask("adoption_find_accounts", json!({"filter": "products_adopted >= 1", "fields": "products_adopted"}));
    assert!(few.to_string().len() <= 4096 && narrow["data"].as_array().is_some_and(|rows| !rows.is_empty() && rows.len() < 8), "{narrow}");

    let all = get(&api, "/v1/incidents?page_size=500", &[]).body;
    let (mut incidents, mut given) = (Vec::new(), json!({"limit": 7}));
    loop {
        let page = ask("adoption_incidents", given.clone());
        incidents.extend(page["data"].as_array().expect("rows").clone());
        match page.get("next") {
            Some(next) => given = next.clone(),
            None => break,
        }
    }
    let ids = |rows: &[Value]| {
        let mut ids: Vec<String> = rows.iter().map(|row| row["incident"].as_str().expect("an id").to_owned()).collect();
        ids.sort();
        ids
    };
    assert!(incidents.len() > 7, "there are several pages");
    assert_eq!(ids(&incidents), ids(all["data"].as_array().expect("rows")), "each once");
    let ranks: Vec<_> = incidents
        .iter()
        .map(|row| serde_json::from_value::<crate::view::incidents::IncidentRow>(row.clone()).expect("a row").rank())
        .collect();
    assert!(ranks.is_sorted(), "{ranks:?}");

    let portfolio = ask("adoption_portfolio", json!({"max_bytes": 65_536}));
    let known = get(&api, "/v1/portfolio", &[]).body["data"].clone();
    assert_eq!(portfolio["data"]["figures"], known["figures"]);
    let met: Vec<Option<bool>> =
        portfolio["data"]["targets"].as_array().expect("a list").iter().map(|target| target["standing"]["met"].as_bool()).collect();
    assert!(met.is_sorted_by_key(|met| met.map_or(1, |met| if met { 2 } else { 0 })) && met.contains(&Some(false)), "{met:?}");
    let segment = ask("adoption_portfolio", json!({"segment": "one_product", "sections": ["targets"]}));
    assert_eq!(segment["data"]["figures"], known["segments"]["one_product"]);
}

#[test]
fn what_is_asked_wrongly_is_told_with_the_nearest_right_thing() {
    let api = history();
    let refused = |tool: &str, arguments: Value| {
        let refusal = call(&api, &[], tool, &arguments).expect_err(tool);
        ["problem", "position", "nearest"].map(|name| refusal[name].as_str().unwrap_or_default().to_owned())
    };
    let table = [
        ("crm_get_account", json!({"accountId": "colbat"}), ["not-found", "account", ""]),
        ("stripe_get_subscription", json!({"customerId": "cus_1"}), ["not-found", "customerId", ""]),
        ("analytics_feature_adoption", json!({"accountId": "cobalt", "product": "crn"}), ["bad-request", "product", "crm"]),
        (
            "analytics_query_events",
            json!({"accountId": "cobalt", "events": ["contact.crated"]}),
            ["bad-request", "events[0]", "contact.created"],
        ),
        ("analytics_query_events", json!({"accountId": "cobalt", "period": "93d"}), ["bad-request", "period", ""]),
        ("adoption_find_accounts", json!({"filter": "heath > 1"}), ["bad-request", "filter:1", "health"]),
        ("adoption_find_accounts", json!({"worklist": "unasigned"}), ["bad-request", "worklist", "unassigned"]),
        ("adoption_find_accounts", json!({"page_token": "x"}), ["bad-request", "page_token", ""]),
        ("adoption_incidents", json!({"rule": "usage_dorp"}), ["bad-request", "rule", "usage_drop"]),
        ("adoption_incidents", json!({"page_token": "x"}), ["bad-request", "page_token", ""]),
        ("adoption_explain", json!({"account": "cobalt", "product": "crm", "rule": "usage_drop"}), ["bad-request", "rule", ""]),
        ("adoption_account_report", json!({"account": "cobalt", "skip": 1}), ["bad-request", "skip", ""]),
        ("adoption_portfolio", json!({"segment": "one_prodct"}), ["bad-request", "segment", "one_product"]),
        ("adoption_portfolio", json!({}), ["not-found", "", ""]),
    ];
    for (tool, arguments, told) in table {
        assert_eq!(refused(tool, arguments.clone()), told, "{tool} {arguments}");
    }
}

/// Three accounts, with a user, a product and a play each.
fn owned() -> String {
    let of = |account: &str, owner: &str| {
        let profile = format!(
            "{{\"type\":\"account\",\"time\":\"2026-06-01T00:00:00Z\",\"account\":\"{account}\",\"name\":\"Name of {account}\",{owner}\"ids\":{{\"stripe\":\"cus_{account}\"}}}}"
        );
        let term = format!(
            "{{\"type\":\"entitlement\",\"time\":\"2026-06-01T00:00:00Z\",\"account\":\"{account}\",\"product\":\"crm\",\"status\":\"active\",\"seats\":9}}"
        );
        let used = format!(
            "{{\"type\":\"usage\",\"time\":\"2026-06-02T09:00:00Z\",\"account\":\"{account}\",\"product\":\"crm\",\"user\":\"u\",\"feature\":\"contact.created\"}}"
        );
        format!("{profile}\n{term}\n{used}\n")
    };
    of("mine", "\"owner\":\"Amy\",") + &of("theirs", "\"owner\":\"Ben\",") + &of("nobodys", "")
}

/// Every tool, as it is asked for an account by whatever names it has.
fn of_account(account: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("analytics_feature_adoption", json!({"accountId": account})),
        ("stripe_get_subscription", json!({"customerId": account})),
        ("stripe_get_subscription", json!({"customerId": format!("cus_{account}")})),
        ("crm_get_account", json!({"accountId": account})),
        ("analytics_query_events", json!({"accountId": account, "events": ["contact.created", "workflow_complete"]})),
        ("adoption_account_report", json!({"account": account})),
        ("adoption_explain", json!({"account": account})),
        ("adoption_record_task", json!({"account": account, "incident": "x", "task": "y", "status": "done"})),
    ]
}

#[test]
fn accounts_of_others_are_in_no_answer_of_any_tool() {
    let (_folder, settings) = with_tokens();
    let api = process("node-1", settings, 2, 0..2, &owned());
    let lists = [
        ("adoption_find_accounts", json!({})),
        ("adoption_find_accounts", json!({"q": "theirs"})),
        ("adoption_find_accounts", json!({"filter": "owner == \"Ben\""})),
        ("adoption_incidents", json!({})),
        ("adoption_incidents", json!({"account": "theirs"})),
        ("adoption_incidents", json!({"owner": "Ben"})),
    ];
    let text = |told: std::result::Result<Value, Value>| told.unwrap_or_else(|refusal| panic!("{refusal}")).to_string();
    let all = text(call(&api, &[BOSS], "adoption_incidents", &json!({})));
    for account in ["mine", "theirs", "nobodys"] {
        assert!(all.contains(&format!("\"account\":\"{account}\"")), "something is open of each: {all}");
    }
    for (tool, arguments) in &lists {
        for who in [AMY, BEN] {
            let told = text(call(&api, &[who], tool, arguments));
            let hidden = if who == AMY { vec!["theirs\"", "Name of theirs", "Ben"] } else { vec!["theirs\"", "mine\"", "Name of"] };
            // `ben` owns nothing: only what is nobody's is shown to him.
            let shown = told.replace("Name of nobodys", "");
            assert!(hidden.iter().all(|text| !shown.contains(text)), "{tool} {arguments}: {told}");
        }
        assert!(text(call(&api, &[BOSS], tool, arguments)).contains("theirs\""), "{tool} {arguments}");
    }
    for (tool, arguments) in of_account("theirs") {
        let refusal = call(&api, &[AMY], tool, &arguments).expect_err(tool);
        assert_eq!(refusal["problem"], "not-found", "{tool}: {refusal}");
        // As of one that there is not, but for its name.
        let there_is_none =
            call(&api, &[AMY], tool, &serde_json::from_str(&arguments.to_string().replace("theirs", "nowhere")).expect("JSON"));
        assert_eq!(there_is_none.expect_err(tool).to_string().replace("nowhere", "theirs"), refusal.to_string(), "{tool}");
        assert_ne!(
            call(&api, &[BOSS], tool, &arguments).err().map(|refusal| refusal["position"].clone()),
            Some(json!("account")),
            "{tool}"
        );
    }
    for account in ["mine", "nobodys"] {
        for (tool, arguments) in of_account(account).into_iter().filter(|(tool, _)| *tool != "adoption_record_task") {
            let told = text(call(&api, &[AMY], tool, &arguments));
            assert!(told.contains(&format!("\"account\":\"{account}\"")) && !told.contains("theirs"), "{tool}: {told}");
        }
    }
}

#[test]
fn a_task_is_recorded_by_who_may_write_and_of_what_is_open() {
    let (_folder, settings) = with_tokens();
    let api = process("node-1", settings, 2, 0..2, &owned());
    let plays = call(&api, &[AMY], "adoption_incidents", &json!({"account": "mine", "kind": "play"})).expect("it is answered");
    let play = plays["data"]
        .as_array()
        .expect("rows")
        .iter()
        .find(|play| play["tasks"].is_array())
        .unwrap_or_else(|| panic!("a play with tasks: {plays}"));
    let (incident, task) = (play["incident"].clone(), play["tasks"][0]["task"].clone());
    let given = json!({"account": "mine", "incident": incident, "task": task, "status": "done", "reason": "done by telephone"});
    // There is no broker: it came as far as the writer.
    assert_eq!(call(&api, &[AMY], "adoption_record_task", &given).expect_err("nothing is written")["problem"], "brokers-unreachable");
    let other = json!({"account": "mine", "incident": incident, "task": "x", "status": "done"});
    assert_eq!(call(&api, &[AMY], "adoption_record_task", &other).expect_err("it has no such task")["position"], "task");
    let of_nobody = json!({"account": "nobodys", "incident": incident, "task": task, "status": "done"});
    assert_eq!(call(&api, &[AMY], "adoption_record_task", &of_nobody).expect_err("the play is another's")["position"], "incident");
    let plays = call(&api, &[BEN], "adoption_incidents", &json!({"account": "nobodys", "kind": "play"})).expect("it is answered");
    let play = plays["data"].as_array().expect("rows").iter().find(|play| play["tasks"].is_array()).expect("a play with tasks");
    let by_ben = json!({"account": "nobodys", "incident": play["incident"], "task": play["tasks"][0]["task"], "status": "done"});
    assert_eq!(call(&api, &[BEN], "adoption_record_task", &by_ben).expect_err("he may not write")["problem"], "forbidden");
}

/// For a client of another make, which tests/mcp/walk.sh starts: `ADOPTION_MCP_WALK` is its command, and is told the URL.
#[test]
#[ignore = "tests/mcp/walk.sh runs it"]
fn a_client_of_another_make_walks_over_http() {
    let walk = std::env::var("ADOPTION_MCP_WALK").expect("ADOPTION_MCP_WALK is the command of a client");
    let settings = Settings { listen: "127.0.0.1:0".to_owned(), ..Settings::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let listener = listener::Listener::bind(&settings, None).expect("good settings").expect("it listens");
    let url = format!("http://{}", listener.address);
    let api = with_fleet(process("node-1", settings, 2, 0..2, &history_lines()));
    listener.serve(runtime.handle(), api).expect("it serves");
    let status = std::process::Command::new("sh").args(["-c", &format!("{walk} {url}")]).status().expect("sh");
    assert!(status.success(), "the client is not content: {status}");
}
