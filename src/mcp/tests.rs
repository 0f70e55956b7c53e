//! What clients are told of the tools, and what tools say to arguments that are wrong. What they answer is tested where there are accounts: in
//! `api::tests::mcp`, and by a client of another make in tests/mcp.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::tools::{canonical_name, listed};
use super::{Arguments, arguments};
use crate::view::rows::{AccountRow, Row};

fn object(value: &Value) -> Arguments {
    value.as_object().expect("an object").clone()
}

fn schema(name: &str) -> &'static Arguments {
    &listed(true).find(|listed| listed.name == name).expect("it is listed").input
}

#[test]
fn names_have_no_dots_and_dotted_ones_are_understood() {
    let names: Vec<&str> = listed(true).map(|listed| listed.name).collect();
    assert_eq!(names.len(), 10);
    assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')), "{names:?}");
    for dotted in ["analytics.feature_adoption", "stripe.get_subscription", "crm.get_account", "analytics.query_events"] {
        assert_eq!(canonical_name(dotted), Ok(dotted.replace('.', "_").as_str()));
    }
    let unknown = canonical_name("adoption_find_account").expect_err("there is none");
    assert_eq!(unknown.nearest.as_deref(), Some("adoption_find_accounts"));
    assert_eq!(listed(false).filter(|listed| listed.writes).count(), 0);
    assert_eq!(listed(true).filter(|listed| listed.writes).map(|listed| listed.name).collect::<Vec<_>>(), ["adoption_record_task"]);
}

#[test]
fn schemas_are_plain_and_say_what_each_argument_is() {
    for tool in listed(true) {
        let input = Value::Object(tool.input.clone());
        assert_eq!(input["type"], "object", "{}", tool.name);
        for (name, of) in tool.input["properties"].as_object().expect("properties") {
            let is_plain = of["type"].is_string() || of["oneOf"].is_array();
            assert!(is_plain, "{}.{name}: {of}", tool.name);
            assert!(of["description"].is_string() || of["type"] == "array" || of["enum"].is_array(), "{}.{name} says nothing", tool.name);
        }
        for text in ["$ref", "\"null\"", "uint"] {
            assert!(!input.to_string().contains(text), "{}: {text}: {input}", tool.name);
        }
        let output = Value::Object(tool.output.clone());
        assert_eq!((&output["type"], &output["properties"]["data"].is_null()), (&json!("object"), &false), "{}", tool.name);
        assert!(tool.description.len() < 1000, "{}", tool.name);
    }
}

#[test]
fn arguments_that_are_wrong_are_told_with_place_and_remedy() {
    let refused = |tool: &str, given: Value| {
        let refusal = arguments::read::<Value>(schema(tool), &object(&given)).expect_err("it is refused");
        (refusal.position.unwrap_or_default(), refusal.nearest.unwrap_or_default(), refusal.detail)
    };
    let table = [
        (json!({}), ("accountId", "", "the argument accountId is missing")),
        (json!({"accountId": null}), ("accountId", "", "the argument accountId is missing")),
        (json!({"accountId": 7}), ("accountId", "", "accountId: expected a text, found 7")),
        (json!({"accountId": ""}), ("accountId", "", "accountId: expected 1 to 256 characters, found \"\"")),
        (
            json!({"accountId": "a", "groupByProduct": "yes"}),
            ("groupByProduct", "", "groupByProduct: expected true or false, found \"yes\""),
        ),
        (json!({"accountId": "a", "limit": 26}), ("limit", "", "limit: expected a whole number from 1 to 25, found 26")),
        (json!({"accountId": "a", "max_bytes": 1}), ("max_bytes", "", "max_bytes: expected a whole number from 4096 to 65536, found 1")),
    ];
    for (given, (position, nearest, detail)) in table {
        assert_eq!(refused("analytics_feature_adoption", given.clone()), (position.into(), nearest.into(), detail.into()), "{given}");
    }
    let (position, nearest, detail) = refused("analytics_feature_adoption", json!({"acountId": "a"}));
    assert_eq!((position.as_str(), nearest.as_str()), ("acountId", "accountId"));
    assert!(detail.starts_with("\"acountId\" is not an argument of this tool; there are accountId, groupByProduct"), "{detail}");
    let (position, nearest, _) = refused("adoption_account_report", json!({"account": "a", "sections": ["products", "incident"]}));
    assert_eq!((position.as_str(), nearest.as_str()), ("sections[1]", "incidents"));
    let (position, nearest, _) = refused("adoption_incidents", json!({"kind": "plays"}));
    assert_eq!((position.as_str(), nearest.as_str()), ("kind", "play"));
    let good = json!({"accountId": "a", "events": ["workflow_complete"], "period": "30d", "limit": 5, "skip": null});
    assert!(arguments::read::<Value>(schema("analytics_query_events"), &object(&good)).is_ok());
}

#[test]
fn who_looks_for_accounts_is_told_of_every_field() {
    let find = listed(true).find(|tool| tool.name == "adoption_find_accounts").expect("it is listed");
    let (_, fields) = find.description.split_once("Fields: ").expect("they are told");
    let told: Vec<&str> = fields.split('.').next().expect("a sentence").split(", ").collect();
    assert_eq!(told, AccountRow::FIELDS.iter().map(|field| field.name).collect::<Vec<_>>());
}

#[test]
fn the_words_of_sections_are_the_lists_of_the_answer() {
    for tool in listed(true) {
        let Some(sections) = tool.input["properties"].get("sections") else { continue };
        let words: BTreeSet<&str> = sections["items"]["enum"].as_array().expect("words").iter().filter_map(Value::as_str).collect();
        let output = Value::Object(tool.output.clone());
        let data = output["properties"]["data"]["$ref"].as_str().expect("a type of its own").rsplit('/').next().expect("a name");
        let fields = output["$defs"][data]["properties"].as_object().expect("fields");
        // A list that may be left out is one that is asked for.
        let always: Vec<&Value> = output["$defs"][data]["required"].as_array().into_iter().flatten().collect();
        let is_asked_for = |(name, of): &(&String, &Value)| of["type"] == "array" && !always.iter().any(|known| *known == name.as_str());
        let lists: BTreeSet<&str> = fields.iter().filter(is_asked_for).map(|(name, _)| name.as_str()).collect();
        assert_eq!(words, lists, "{}", tool.name);
    }
}
