//! The published JSON Schemas against the decoder: what a schema can say, both must judge alike.
//!
//! Left out, because a schema cannot say it: days that a month does not have, lengths in bytes, `from` = `to`, `ends` before `starts`, a user who is
//! merged into itself, a task without a play, zones, and instants that leave 2000 ..= 9999 only as text or through their offset. The values below
//! keep clear of those.
//! What the decoder takes beyond what is to be written (numbers for ids, empty texts, blanks in instants) is in `decode_tests.rs`.

use adoption_tracker::input::wire::{Record, schemas};
use adoption_tracker::input::{InputType, Limits, MS_MIN, decode};
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const LIMITS: Limits = Limits { max_record_bytes: 1 << 20, check_key: false, record_ms: None };

/// The kinds of field: valid values, then broken ones.
fn values(kind: &str) -> (Vec<Value>, Vec<Value>) {
    let long = |length: usize| json!("x".repeat(length));
    match kind {
        "name" => (vec![json!("a"), json!("a\"b\\ü"), long(256)], vec![long(257), json!(5.5), json!(["a"]), json!({})]),
        "other" => (vec![json!("b")], vec![json!(""), json!(false)]),
        // It would be all that is read.
        "another user" => (vec![], vec![long(257), json!({})]),
        "text" => (vec![json!("t"), json!("text"), long(4096)], vec![long(4097), json!(1), json!([])]),
        "zone" => (vec![json!("UTC"), json!("Asia/Kathmandu")], vec![json!(2), json!(true)]),
        "texts" => (vec![json!([]), json!(["", "a", "a"])], vec![json!("a"), json!([1]), json!([long(4097)]), json!({})]),
        "names" => (
            vec![json!(["a", "b"]), json!(["c", "b", "a"])],
            vec![json!([]), json!(["a"]), json!(["a", "a"]), json!(["a", ""]), json!(["a", 1.5]), json!("a,b")],
        ),
        "time" => (
            vec![
                json!(MS_MIN),
                json!(253_402_300_799_999_i64),
                json!("2026-10-03T10:15:30.123456789+02:00"),
                json!("2016-12-31T23:59:60z"),
            ],
            vec![
                json!(MS_MIN - 1),
                json!(1_788_249_600),
                json!(253_402_300_800_000_i64),
                json!(1.5),
                json!("2026-10-03"),
                json!("2026-10-03T10:15:30"),
                json!("2026-02-30T10:15:30Z"),
                json!("2026-10-03T24:00:00Z"),
                json!("2016-12-31T22:59:60Z"),
                json!(false),
            ],
        ),
        "date" => (
            vec![json!("1970-01-01"), json!("2024-02-29"), json!("2026-01-31")],
            vec![json!("1969-12-31"), json!("2026-02-32"), json!("2026-1-1"), json!("2026-01-01T00:00:00Z"), json!(20_000)],
        ),
        "later date" => (vec![json!("2026-01-31"), json!("9999-12-31")], vec![json!("2026-13-01"), json!("soon"), json!({})]),
        "quantity" => (vec![json!(1), json!(1_000_000_000)], vec![json!(0), json!(-1), json!(1_000_000_001), json!(1.5), json!("1")]),
        "count" => (vec![json!(0), json!(1_000_000_000)], vec![json!(-1), json!(1_000_000_001), json!(0.5), json!("1"), json!([])]),
        "score" => (vec![json!(0), json!(10)], vec![json!(-1), json!(11), json!(9.5), json!("9")]),
        "number" => (vec![json!(0), json!(-1.5), json!(1e300)], vec![json!("1"), json!(true), json!([1])]),
        "boolean" => (vec![json!(true), json!(false)], vec![json!(0), json!("true")]),
        "cleared account" => (
            vec![json!([]), json!(["name", "closed", "contract"]), json!(["industry", "industry"])],
            vec![json!("name"), json!(["Name"]), json!(["email"]), json!(["time"]), json!([5]), json!([""])],
        ),
        "cleared user" => (
            vec![json!([]), json!(["email", "left"]), json!(["merged_into"])],
            vec![json!("left"), json!(["industry"]), json!([{}]), json!([["left"]])],
        ),
        "contract" => (
            vec![json!({}), json!({"starts": "2026-01-01", "renewal": null, "arr": 1, "unknown": []}), json!({"arr": null})],
            vec![json!([]), json!("x"), json!({"starts": "x"}), json!({"renewal": 1}), json!({"arr": "1"})],
        ),
        "health" => (
            vec![json!({}), json!({"relationship": 0, "service": 100, "financial": 50.5}), json!({"service": null})],
            vec![json!(50), json!({"relationship": -1}), json!({"service": 100.5}), json!({"financial": "1"})],
        ),
        "ids" => {
            let entries = |count: usize| Value::Object((0..count).map(|number| (format!("s{number}"), json!("x"))).collect());
            (
                vec![json!({}), json!({"stripe": "cus_123", "salesforce": long(256)}), json!({"x".repeat(256): "x"}), entries(64)],
                vec![
                    json!([]),
                    json!("x"),
                    json!({"": "x"}),
                    json!({"x".repeat(257): "x"}),
                    json!({"stripe": ""}),
                    json!({"stripe": long(257)}),
                    json!({"stripe": 5.5}),
                    entries(65),
                ],
            )
        }
        words => {
            let valid: Vec<Value> = words.split('|').map(|word| json!(word)).collect();
            (valid, vec![json!("ACTIVE"), json!(1), json!({})])
        }
    }
}

/// The tables of docs/reference/inputs.md. `!` marks a required field.
fn fields(input_type: InputType) -> &'static [(&'static str, &'static str)] {
    match input_type {
        InputType::Usage => &[("product!", "name"), ("user", "name"), ("feature", "name"), ("quantity", "quantity")],
        InputType::Gauge => &[("product!", "name"), ("name!", "name"), ("value!", "number")],
        InputType::Entitlement => &[
            ("product!", "name"),
            ("status!", "active|trialing|ended"),
            ("term", "name"),
            ("seats", "count"),
            ("plan", "text"),
            ("addons", "texts"),
            ("features", "texts"),
            ("arr", "number"),
            ("starts", "date"),
            ("ends", "later date"),
        ],
        InputType::Account => &[
            ("name", "name"),
            ("employees", "count"),
            ("industry", "text"),
            ("region", "text"),
            ("use_cases", "texts"),
            ("time_zone", "zone"),
            ("owner", "text"),
            ("account_executive", "text"),
            ("success_role", "text"),
            ("parent", "name"),
            ("onboarding_completed", "date"),
            ("closed", "date"),
            ("contract", "contract"),
            ("health", "health"),
            ("ids", "ids"),
            ("clear", "cleared account"),
        ],
        InputType::User => &[
            ("user!", "name"),
            ("name", "name"),
            ("email", "text"),
            ("role", "text"),
            ("level", "ic|manager|executive"),
            ("department", "text"),
            ("key", "boolean"),
            ("internal", "boolean"),
            ("created", "date"),
            ("left", "date"),
            ("clear", "cleared user"),
            ("merged_into", "another user"),
        ],
        InputType::Integration => &[("from!", "name"), ("to!", "other"), ("status!", "connected|disconnected")],
        InputType::Workflow => &[("name!", "name"), ("products!", "names"), ("user", "name"), ("quantity", "quantity")],
        InputType::Touchpoint => &[("kind!", "email|meeting|call|qbr|training"), ("user", "name")],
        InputType::Nps => &[("user!", "name"), ("score!", "score"), ("comment", "text")],
        InputType::Task => &[
            ("incident", "name"),
            ("play", "name"),
            ("product", "name"),
            ("user", "name"),
            ("task!", "name"),
            ("status!", "done|dismissed"),
            ("reason", "text"),
        ],
        InputType::Outcome => &[("kind!", "mrr|churn|renewal"), ("amount", "number"), ("reason", "text")],
        InputType::Erase => &[("user", "name")],
    }
}

/// For each field of a record one, and some are left.
const DRAWS: usize = 24;

const COMMON: [(&str, &str); 3] = [("id", "name"), ("time!", "time"), ("account!", "name")];

fn validator(input_type: InputType) -> Validator {
    let name = format!("{}.v1.json", input_type.as_str());
    let (_, schema) = schemas().into_iter().find(|(file, _)| *file == name).expect("a schema for every type");
    jsonschema::options().should_validate_formats(true).build(&schema).expect("a valid schema")
}

/// A record of the type; each draw decides over one field: mostly valid, else absent, `null` or broken.
fn record(input_type: InputType, draws: &[(u8, u8)]) -> Value {
    let mut record = Map::new();
    record.insert("type".into(), json!(input_type.as_str()));
    assert!(COMMON.len() + fields(input_type).len() <= draws.len(), "a field without a draw is never there");
    for ((name, kind), (fate, pick)) in COMMON.iter().chain(fields(input_type)).zip(draws) {
        let (valid, broken) = values(kind);
        let required = name.ends_with('!');
        let one_of = |values: &[Value]| values.get(usize::from(*pick) % values.len().max(1)).cloned();
        let value = match fate % 32 {
            0 => one_of(&broken),
            1 => Some(Value::Null),
            2 => None,
            3..=12 if !required => None,
            _ => one_of(&valid),
        };
        record.extend(value.map(|value| (name.trim_end_matches('!').to_owned(), value)));
    }
    // That one of these is there is what a schema does not say.
    if input_type == InputType::Task && ["incident", "play"].iter().all(|name| record.get(*name).is_none_or(Value::is_null)) {
        record.insert("play".into(), json!("second_product"));
    }
    Value::Object(record)
}

#[test]
fn schemas_are_published_under_their_names() {
    let schemas = schemas();
    assert_eq!(schemas.len(), InputType::ALL.len());
    for (input_type, (file, schema)) in InputType::ALL.iter().zip(&schemas) {
        assert_eq!(*file, format!("{}.v1.json", input_type.as_str()));
        assert_eq!(schema["$id"], json!(format!("https://adoption-tracker.dev/schemas/{file}")));
        assert_eq!(schema["$schema"], json!("https://json-schema.org/draft/2020-12/schema"));
        assert!(jsonschema::meta::is_valid(schema), "{file}");
        assert!(schema["description"].is_string(), "{file}");

        let expected = COMMON.iter().chain(fields(*input_type));
        let mut names: Vec<&str> = expected.clone().map(|(name, _)| name.trim_end_matches('!')).chain(["type"]).collect();
        let mut required: Vec<&str> = expected.filter_map(|(name, _)| name.strip_suffix('!')).chain(["type"]).collect();
        let mut found: Vec<&str> = schema["properties"].as_object().expect("properties").keys().map(String::as_str).collect();
        let mut found_required: Vec<&str> = schema["required"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        for list in [&mut names, &mut required, &mut found, &mut found_required] {
            list.sort_unstable();
        }
        assert_eq!((found, found_required), (names, required), "{file}");
    }
}

/// One field at a time: every value of every kind, the others valid.
#[test]
fn every_value_of_every_field() {
    for input_type in InputType::ALL {
        let validator = validator(*input_type);
        let valid = record(*input_type, &[(31, 0); DRAWS]);
        for (name, kind) in COMMON.iter().chain(fields(*input_type)) {
            let (good, broken) = values(kind);
            for (value, expected) in good.into_iter().map(|value| (value, true)).chain(broken.into_iter().map(|value| (value, false))) {
                let mut record = valid.clone();
                record[name.trim_end_matches('!')] = value;
                let text = record.to_string();
                assert_eq!(decode(None, text.as_bytes(), Vec::new, &LIMITS).is_ok(), expected, "decoder: {text}");
                assert_eq!(validator.is_valid(&record), expected, "schema: {text}");
            }
        }
        let mut other = valid.clone();
        other["type"] = json!("other");
        assert!(!validator.is_valid(&other));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, ..ProptestConfig::default() })]

    #[test]
    fn schema_and_decoder_agree(
        input_type in prop::sample::select(InputType::ALL),
        draws in prop::collection::vec(any::<(u8, u8)>(), DRAWS),
    ) {
        let record = record(input_type, &draws);
        let text = record.to_string();
        let decoded = decode(None, text.as_bytes(), Vec::new, &LIMITS);
        let errors: Vec<String> = validator(input_type).iter_errors(&record).map(|error| error.to_string()).collect();
        prop_assert_eq!(decoded.is_ok(), errors.is_empty(), "{}\n{:?}\n{:?}", text, decoded, errors);

        if let Ok(event) = decoded {
            // What is accepted also reads as the wire type, and what the wire type writes is valid and means the same.
            serde_json::from_str::<Record>(&text).expect("a wire record");
            let written = serde_json::to_value(Record::from(&event)).expect("serializable");
            prop_assert!(validator(input_type).is_valid(&written), "{}", written);
            let written = written.to_string();
            prop_assert_eq!(decode(None, written.as_bytes(), Vec::new, &LIMITS).expect("valid"), event);
        }
    }
}
