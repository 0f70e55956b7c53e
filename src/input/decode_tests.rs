//! The rules of docs/reference/inputs.md as tables. A case is a valid record of the type with members appended: of a repeated key the
//! last counts, so a member may also replace one.

use std::collections::BTreeMap;

use super::super::{
    AccountPatch, Body, Contract, Date, Entitlement, EntitlementStatus, Health, Integration, IntegrationStatus, MS_MAX, MS_MIN, Nps,
    Outcome, OutcomeKind, Patch, Task, TaskStatus, Touchpoint, TouchpointKind, UserLevel, UserPatch, Workflow,
};
use super::*;

const USAGE: &str = r#"{"type":"usage","time":946684800000,"account":"a","product":"p"}"#;
const GAUGE: &str = r#"{"type":"gauge","time":946684800000,"account":"a","product":"p","name":"n","value":1}"#;
const ENTITLEMENT: &str = r#"{"type":"entitlement","time":946684800000,"account":"a","product":"p","status":"active"}"#;
const ACCOUNT: &str = r#"{"type":"account","time":946684800000,"account":"a"}"#;
const USER: &str = r#"{"type":"user","time":946684800000,"account":"a","user":"u"}"#;
const ERASE: &str = r#"{"type":"erase","time":946684800000,"account":"a"}"#;
const INTEGRATION: &str = r#"{"type":"integration","time":946684800000,"account":"a","from":"p","to":"q","status":"connected"}"#;
const WORKFLOW: &str = r#"{"type":"workflow","time":946684800000,"account":"a","name":"w","products":["p","q"]}"#;
const TOUCHPOINT: &str = r#"{"type":"touchpoint","time":946684800000,"account":"a","kind":"qbr"}"#;
const NPS: &str = r#"{"type":"nps","time":946684800000,"account":"a","user":"u","score":10}"#;
const TASK: &str = r#"{"type":"task","time":946684800000,"account":"a","incident":"i","task":"t","status":"done"}"#;
const OUTCOME: &str = r#"{"type":"outcome","time":946684800000,"account":"a","kind":"churn"}"#;
const ALL: [&str; 11] = [USAGE, GAUGE, ENTITLEMENT, ACCOUNT, USER, INTEGRATION, WORKFLOW, TOUCHPOINT, NPS, TASK, OUTCOME];

const REPLAY: Limits = Limits { max_record_bytes: 1 << 20, check_key: false, record_ms: None };

fn with(base: &str, members: &str) -> String {
    format!("{},{members}}}", base.strip_suffix('}').expect("an object"))
}

fn event(value: &str) -> Event<'_> {
    decode(None, value.as_bytes(), Vec::new, &REPLAY).unwrap_or_else(|reject| panic!("{value}: {reject}"))
}

fn rejected(value: &[u8]) -> Reject {
    match decode(None, value, Vec::new, &REPLAY) {
        Ok(event) => panic!("{}: {event:?}", String::from_utf8_lossy(value)),
        Err(reject) => *reject,
    }
}

/// Each case: base, members, and the rejection as `reason pointer`; `ok` where there is none.
fn check(cases: &[(&str, &str, &str)]) {
    for (base, members, expected) in cases {
        let value = with(base, members);
        let found = match decode(None, value.as_bytes(), Vec::new, &REPLAY) {
            Ok(_) => String::from("ok"),
            Err(reject) => format!("{} {}", reject.reason, reject.pointer),
        };
        assert_eq!(found, *expected, "{value}");
    }
}

#[test]
fn minimal_records() {
    for (value, input_type) in ALL.iter().zip(InputType::ALL) {
        let event = event(value);
        assert_eq!(event.body.input_type(), *input_type);
        assert_eq!((event.id, event.time_ms, event.account.as_ref()), (None, MS_MIN, "a"));
    }
    assert_eq!(event(USAGE).body, Body::Usage { product: "p".into(), user: None, feature: None, quantity: 1 });
    assert_eq!(event(GAUGE).body, Body::Gauge { product: "p".into(), name: "n".into(), value: 1.0 });
    assert_eq!(event(ACCOUNT).body, Body::Account(Box::default()));
    assert_eq!(event(USER).body, Body::User(Box::new(UserPatch { user: "u".into(), ..UserPatch::default() })));
    assert_eq!(
        event(INTEGRATION).body,
        Body::Integration(Integration { from: "p".into(), to: "q".into(), status: IntegrationStatus::Connected })
    );
    let cut = with(INTEGRATION, r#""status":"disconnected""#);
    assert_eq!(
        event(&cut).body,
        Body::Integration(Integration { from: "p".into(), to: "q".into(), status: IntegrationStatus::Disconnected })
    );
    assert_eq!(event(TOUCHPOINT).body, Body::Touchpoint(Touchpoint { kind: TouchpointKind::Qbr, user: None }));
    assert_eq!(event(NPS).body, Body::Nps(Nps { user: "u".into(), score: 10, comment: None }));
    assert_eq!(event(OUTCOME).body, Body::Outcome(Outcome { kind: OutcomeKind::Churn, amount: None, reason: None }));
}

#[test]
fn full_records() {
    let value = with(USAGE, r#""id":"e1","time":"2026-10-03T10:15:30.1239+02:00","user":"u","feature":"f.g","quantity":1000000000"#);
    let usage = event(&value);
    assert_eq!((usage.id.as_deref(), usage.time_ms), (Some("e1"), 1_791_015_330_123));
    let body = Body::Usage { product: "p".into(), user: Some("u".into()), feature: Some("f.g".into()), quantity: 1_000_000_000 };
    assert_eq!(usage.body, body);

    let value = with(
        ENTITLEMENT,
        r#""status":"trialing","term":"o-7","seats":0,"plan":"x","addons":[],"features":["x","y"],"arr":-1.5e3,"starts":"2026-01-31","ends":"2026-01-31""#,
    );
    let entitlement = Entitlement {
        product: "p".into(),
        status: EntitlementStatus::Trialing,
        term: Some("o-7".into()),
        seats: Some(0),
        plan: Some("x".into()),
        addons: Some(vec![]),
        features: Some(vec!["x".into(), "y".into()]),
        arr: Some(-1500.0),
        starts: Some(Date(20_484)),
        ends: Some(Date(20_484)),
    };
    assert_eq!(event(&value).body, Body::Entitlement(Box::new(entitlement)));

    let value = with(
        ACCOUNT,
        r#""name":"Acme","employees":12,"industry":null,"use_cases":["x"],"time_zone":"europe/berlin","parent":"",
           "clear":["name","industry",null,"parent"],"onboarding_completed":"1970-01-02","closed":"2026-01-31","contract":{"arr":7,"starts":null,"new":[1]},"health":{"service":99.5},"owner":"o""#,
    );
    let account = AccountPatch {
        name: Patch::Set("Acme".into()),
        employees: Patch::Set(12),
        industry: Patch::Clear,
        use_cases: Patch::Set(vec!["x".into()]),
        time_zone: Patch::Set("Europe/Berlin".into()),
        parent: Patch::Clear,
        onboarding_completed: Patch::Set(Date(1)),
        closed: Patch::Set(Date(20_484)),
        contract: Patch::Set(Contract { arr: Some(7.0), ..Contract::default() }),
        health: Patch::Set(Health { service: Some(99.5), ..Health::default() }),
        owner: Patch::Set("o".into()),
        ..AccountPatch::default()
    };
    assert_eq!(event(&value).body, Body::Account(Box::new(account)));

    let value = with(
        USER,
        r#""level":"ic","key":true,"internal":false,"left":"1970-01-11","created":null,"email":"u@x","clear":["created","key","user","merged_into"]"#,
    );
    let user = UserPatch {
        user: "u".into(),
        level: Patch::Set(UserLevel::Ic),
        key: Patch::Set(true),
        internal: Patch::Set(false),
        left: Patch::Set(Date(10)),
        created: Patch::Clear,
        email: Patch::Set("u@x".into()),
        ..UserPatch::default()
    };
    assert_eq!(event(&value).body, Body::User(Box::new(user)));

    let value = with(WORKFLOW, r#""products":["c","a","b"],"user":"u","quantity":2"#);
    let products = vec!["c".into(), "a".into(), "b".into()];
    let workflow = Workflow { name: "w".into(), products, user: Some("u".into()), quantity: Some(2) };
    assert_eq!(event(&value).body, Body::Workflow(workflow));

    let value = with(TASK, r#""status":"dismissed","reason":"no budget""#);
    let task = Task {
        task: "t".into(),
        status: TaskStatus::Dismissed,
        incident: Some("i".into()),
        play: None,
        product: None,
        user: None,
        reason: Some("no budget".into()),
    };
    assert_eq!(event(&value).body, Body::Task(task));
}

#[test]
fn whole_records() {
    let cases: &[(&[u8], Reason, &str)] = &[
        (b"", Reason::BadJson, "not JSON at byte 0: expected a value, found the end"),
        (b"{\"a\":1,}", Reason::BadJson, "not JSON at byte 7: expected a key in quotes, found `}`"),
        (b"{} x", Reason::BadJson, "not JSON at byte 3: expected the end of the text, found `x`"),
        (b"{\"a\":\"\xff\"}", Reason::InvalidUtf8, "not UTF-8 at byte 6"),
        (b"\xef\xbb\xbf{}", Reason::BadJson, "not JSON at byte 0: expected a value, found `\\u{feff}`"),
        (b" [1]\n", Reason::NotObject, "expected a JSON object, found [1]"),
        (b"null", Reason::NotObject, "expected a JSON object, found null"),
        // A fault in a member that nobody reads is one of the record.
        (b"{\"type\":\"usage\",\"time\":0,\"account\":\"a\",\"product\":\"p\",\"x\":[01]}", Reason::BadJson, ""),
    ];
    for (value, reason, message) in cases {
        let reject = rejected(value);
        assert_eq!((reject.reason, reject.pointer.as_str()), (*reason, ""));
        assert!(message.is_empty() || reject.message == *message, "{}", reject.message);
    }
}

#[test]
fn the_size_bound_includes_its_end() {
    let limits = |max_record_bytes| Limits { max_record_bytes, ..REPLAY };
    assert!(decode(None, USAGE.as_bytes(), Vec::new, &limits(USAGE.len())).is_ok());
    let reject = decode(None, USAGE.as_bytes(), Vec::new, &limits(USAGE.len() - 1)).expect_err("too large");
    assert_eq!((reject.reason, reject.message.as_str()), (Reason::TooLarge, "expected at most 63 bytes, found 64"));
}

#[test]
fn types() {
    let cases = [
        (r#"{"time":946684800000,"account":"a"}"#, Reason::MissingField, "/type: required, but absent"),
        (r#"{"type":null}"#, Reason::MissingField, "required, but null"),
        (r#"{"schema":{},"payload":{"type":"usage"}}"#, Reason::MissingField, "set value.converter.schemas.enable=false"),
        (r#"{"before":null,"after":{"type":"usage"},"op":"r"}"#, Reason::MissingField, "ExtractNewRecordState"),
        (r#"{"type":7}"#, Reason::WrongType, "found 7"),
        (r#"{"type":"usgae"}"#, Reason::UnknownType, "found `usgae`; did you mean usage?"),
        (r#"{"type":"Usage"}"#, Reason::UnknownType, "did you mean usage?"),
        (r#"{"type":"com.example.usage"}"#, Reason::UnknownType, "found `com.example.usage`"),
        (r#"{"type":""}"#, Reason::UnknownType, "touchpoint, nps, task, outcome, erase, found ``"),
        (r#"{"type":"usage\ud800"}"#, Reason::InvalidUtf8, "no lone surrogate"),
    ];
    for (value, reason, message) in cases {
        let reject = rejected(value.as_bytes());
        assert_eq!((reject.reason, reject.pointer.as_str()), (reason, "/type"), "{value}");
        assert!(reject.to_string().contains(message), "{reject}");
    }
    assert!(matches!(event(&with(GAUGE, r#""\u0074ype":"us\u0061ge""#)).body, Body::Usage { .. }));
    let hostile = format!(r#"{{"type":"{}"}}"#, "x".repeat(1_000_000));
    assert!(rejected(hostile.as_bytes()).message.len() < 300);
}

#[test]
fn common_fields() {
    check(&[
        (USAGE, r#""time":"2000-01-01T00:00:00Z""#, "ok"),
        (USAGE, r#""time":"2000-01-01T00:00:00\u005a""#, "ok"),
        (USAGE, r#""time":"1999-12-31T23:59:59.999Z""#, "out_of_range /time"),
        (USAGE, r#""time":946684799999"#, "out_of_range /time"),
        (USAGE, r#""time":946684800000.0"#, "ok"),
        (USAGE, r#""time":1.79e12"#, "ok"),
        (USAGE, r#""time":1e300"#, "out_of_range /time"),
        (USAGE, r#""time":946684800000.5"#, "wrong_type /time"),
        (USAGE, r#""time":253402300799999"#, "ok"),
        (USAGE, r#""time":253402300800000"#, "out_of_range /time"),
        (USAGE, r#""time":99999999999999999999999"#, "out_of_range /time"),
        (USAGE, r#""time":-1"#, "out_of_range /time"),
        (USAGE, r#""time":-0"#, "out_of_range /time"),
        (USAGE, r#""time":"""#, "wrong_type /time"),
        (USAGE, r#""time":"1000""#, "wrong_type /time"),
        (USAGE, r#""time":"2026-10-03T10:15:30""#, "wrong_type /time"),
        (USAGE, r#""time":"2026-10-32T10:15:30Z""#, "out_of_range /time"),
        (USAGE, r#""time":null"#, "missing_field /time"),
        (USAGE, r#""time":{}"#, "wrong_type /time"),
        (USAGE, r#""account":"""#, "out_of_range /account"),
        (USAGE, r#""account":null"#, "missing_field /account"),
        (USAGE, r#""account":false"#, "wrong_type /account"),
        (USAGE, r#""id":null"#, "ok"),
        (USAGE, r#""id":"""#, "ok"),
        (USAGE, r#""id":true"#, "wrong_type /id"),
        (USAGE, r#""id":"\udfff""#, "invalid_utf8 /id"),
        (USAGE, r#""ID":"\udfff","x":"\ud800","\ud800":1"#, "ok"),
        (USAGE, r#""value":1e999,"score":-1,"contract":7"#, "ok"),
        (USAGE, r#""specversion":"1.0","data":{}"#, "ok"),
    ]);
    assert_eq!(event(&with(USAGE, r#""time":253402300799999"#)).time_ms, MS_MAX);
    for field in ["time", "account"] {
        let value = USAGE.replace(&format!("\"{field}\""), "\"x\"");
        let reject = rejected(value.as_bytes());
        assert_eq!((reject.reason, reject.pointer), (Reason::MissingField, format!("/{field}")));
    }
}

#[test]
fn lengths_are_bytes_after_unescaping() {
    let member = |name: &str, value: &str| format!("\"{name}\":\"{value}\"");
    let (max, over) = ("é".repeat(128), "é".repeat(128) + "x");
    let escaped = "\\u00e9".repeat(128);
    check(&[
        (USAGE, &member("user", &max), "ok"),
        (USAGE, &member("user", &escaped), "ok"),
        (USAGE, &member("user", &over), "out_of_range /user"),
        (ERASE, r#""user":"""#, "out_of_range /user"),
        (ACCOUNT, &member("name", &over), "out_of_range /name"),
        (ACCOUNT, &member("parent", &over), "out_of_range /parent"),
        (ENTITLEMENT, &member("term", &max), "ok"),
        (ENTITLEMENT, &member("term", &over), "out_of_range /term"),
        (ACCOUNT, &member("owner", &over), "ok"),
        (ACCOUNT, &member("owner", &"x".repeat(4096)), "ok"),
        (ACCOUNT, &member("owner", &"x".repeat(4097)), "out_of_range /owner"),
        (NPS, &member("comment", &"x".repeat(4097)), "out_of_range /comment"),
    ]);
    let reject = rejected(with(USAGE, &member("user", &over)).as_bytes());
    assert_eq!(reject.to_string(), "/user: expected a string of 1..=256 bytes, found 257 bytes");
    let escapes = with(USAGE, r#""user":"a\"\u0062""#);
    let Body::Usage { user: Some(user), .. } = event(&escapes).body else { panic!("usage with a user") };
    assert_eq!(user, "a\"b");
}

#[test]
fn fields_of_each_type() {
    check(&[
        (USAGE, r#""quantity":1"#, "ok"),
        (USAGE, r#""quantity":null"#, "ok"),
        (USAGE, r#""quantity":0"#, "out_of_range /quantity"),
        (USAGE, r#""quantity":-5"#, "out_of_range /quantity"),
        (USAGE, r#""quantity":1000000001"#, "out_of_range /quantity"),
        (USAGE, r#""quantity":3.0"#, "ok"),
        (USAGE, r#""quantity":2.5e1"#, "ok"),
        (USAGE, r#""quantity":1E+9"#, "ok"),
        (USAGE, r#""quantity":0.0"#, "out_of_range /quantity"),
        (USAGE, r#""quantity":1e10"#, "out_of_range /quantity"),
        (USAGE, r#""quantity":1e999"#, "out_of_range /quantity"),
        (USAGE, r#""quantity":3.5"#, "wrong_type /quantity"),
        (USAGE, r#""quantity":1e-1"#, "wrong_type /quantity"),
        (USAGE, r#""quantity":"""#, "ok"),
        (USAGE, r#""quantity":"3""#, "wrong_type /quantity"),
        (USAGE, r#""quantity":true"#, "wrong_type /quantity"),
        (USAGE, r#""product":null"#, "missing_field /product"),
        (USAGE, r#""product":"""#, "out_of_range /product"),
        (USAGE, r#""feature":["f"]"#, "wrong_type /feature"),
        (GAUGE, r#""value":-0.0"#, "ok"),
        (GAUGE, r#""value":1.7976931348623157e308"#, "ok"),
        (GAUGE, r#""value":1e-999"#, "ok"),
        (GAUGE, r#""value":1e999"#, "out_of_range /value"),
        (GAUGE, r#""value":-1e999"#, "out_of_range /value"),
        (GAUGE, r#""value":"1""#, "wrong_type /value"),
        (GAUGE, r#""value":null"#, "missing_field /value"),
        (GAUGE, r#""value":"""#, "wrong_type /value"),
        (ENTITLEMENT, r#""status":"Active""#, "out_of_range /status"),
        (ENTITLEMENT, r#""status":1"#, "wrong_type /status"),
        (ENTITLEMENT, r#""status":"""#, "out_of_range /status"),
        (ENTITLEMENT, r#""status":null"#, "missing_field /status"),
        (ENTITLEMENT, r#""term":7.0"#, "ok"),
        (ENTITLEMENT, r#""term":[]"#, "wrong_type /term"),
        (ENTITLEMENT, r#""seats":-0"#, "ok"),
        (ENTITLEMENT, r#""seats":-1"#, "out_of_range /seats"),
        (ENTITLEMENT, r#""seats":1000000000"#, "ok"),
        (ENTITLEMENT, r#""seats":1000000001"#, "out_of_range /seats"),
        (ENTITLEMENT, r#""addons":"x""#, "wrong_type /addons"),
        (ENTITLEMENT, r#""addons":["x",1]"#, "wrong_type /addons/1"),
        (ENTITLEMENT, r#""features":[null]"#, "ok"),
        (ENTITLEMENT, r#""features":[null,false]"#, "wrong_type /features/1"),
        (ENTITLEMENT, r#""features":["\ud800"]"#, "invalid_utf8 /features/0"),
        (ENTITLEMENT, r#""arr":1e999"#, "out_of_range /arr"),
        (ENTITLEMENT, r#""starts":"2026-02-29""#, "out_of_range /starts"),
        (ENTITLEMENT, r#""starts":"1969-12-31""#, "out_of_range /starts"),
        (ENTITLEMENT, r#""starts":"26-02-01""#, "wrong_type /starts"),
        (ENTITLEMENT, r#""starts":0"#, "wrong_type /starts"),
        (ENTITLEMENT, r#""starts":"2026-02-02","ends":"2026-02-01""#, "out_of_range /ends"),
        (ENTITLEMENT, r#""status":"ended","starts":"2026-02-02","ends":"2026-02-01""#, "out_of_range /ends"),
        (ACCOUNT, r#""employees":1.5"#, "wrong_type /employees"),
        (ACCOUNT, r#""use_cases":[]"#, "ok"),
        (ACCOUNT, r#""use_cases":{}"#, "wrong_type /use_cases"),
        (ACCOUNT, r#""time_zone":"UTC""#, "ok"),
        (ACCOUNT, r#""time_zone":"Mars/Olympus""#, "out_of_range /time_zone"),
        (ACCOUNT, r#""time_zone":"Etc/Unknown""#, "out_of_range /time_zone"),
        (ACCOUNT, r#""time_zone":"+02:00""#, "out_of_range /time_zone"),
        (ACCOUNT, r#""time_zone":"""#, "ok"),
        (ACCOUNT, r#""closed":"2026-02-30""#, "out_of_range /closed"),
        (ACCOUNT, r#""contract":{}"#, "ok"),
        (ACCOUNT, r#""contract":[]"#, "wrong_type /contract"),
        (ACCOUNT, r#""contract":{"renewal":"soon"}"#, "wrong_type /contract/renewal"),
        (ACCOUNT, r#""contract":{"arr":"1"}"#, "wrong_type /contract/arr"),
        (ACCOUNT, r#""health":{"service":100,"financial":0,"relationship":null}"#, "ok"),
        (ACCOUNT, r#""health":{"service":100.01}"#, "out_of_range /health/service"),
        (ACCOUNT, r#""health":{"financial":-1}"#, "out_of_range /health/financial"),
        (ACCOUNT, r#""ids":null"#, "ok"),
        (ACCOUNT, r#""ids":{}"#, "ok"),
        (ACCOUNT, r#""ids":[]"#, "wrong_type /ids"),
        (ACCOUNT, r#""ids":{"stripe":7}"#, "ok"),
        (ACCOUNT, r#""ids":{"stripe":7.5}"#, "wrong_type /ids"),
        (ACCOUNT, r#""ids":{"stripe":null}"#, "ok"),
        (ACCOUNT, r#""ids":{"stripe":""}"#, "out_of_range /ids"),
        (ACCOUNT, r#""ids":{"":"cus_123"}"#, "out_of_range /ids"),
        (ACCOUNT, r#""ids":{"\ud800":"cus_123"}"#, "invalid_utf8 /ids"),
        (ACCOUNT, r#""ids":{"stripe":"\ud800"}"#, "invalid_utf8 /ids"),
        (ACCOUNT, r#""ids":{"stripe":{},"\u0073tripe":"cus_123"}"#, "ok"),
        (USER, r#""user":null"#, "missing_field /user"),
        (USER, r#""user":"""#, "out_of_range /user"),
        (USER, r#""merged_into":"v""#, "ok"),
        (USER, r#""merged_into":"u""#, "out_of_range /merged_into"),
        (USER, r#""user":7,"merged_into":"7""#, "out_of_range /merged_into"),
        (USER, r#""merged_into":true"#, "wrong_type /merged_into"),
        (USER, r#""merged_into":"v","level":"vp","clear":5"#, "ok"),
        (USER, r#""merged_into":"","level":"vp""#, "out_of_range /level"),
        (USER, r#""level":"vp""#, "out_of_range /level"),
        (USER, r#""key":"true""#, "wrong_type /key"),
        (USER, r#""internal":0"#, "wrong_type /internal"),
        (USER, r#""created":"2026-13-01""#, "out_of_range /created"),
        (INTEGRATION, r#""to":"p""#, "out_of_range /to"),
        (INTEGRATION, r#""status":"on""#, "out_of_range /status"),
        (WORKFLOW, r#""products":["p"]"#, "out_of_range /products"),
        (WORKFLOW, r#""products":["p","q","p"]"#, "out_of_range /products/2"),
        (WORKFLOW, r#""products":["p","\u0070"]"#, "out_of_range /products/1"),
        (WORKFLOW, r#""products":["p",""]"#, "out_of_range /products/1"),
        (WORKFLOW, r#""products":["p",null]"#, "out_of_range /products"),
        (WORKFLOW, r#""products":["p",null,"q"]"#, "ok"),
        (WORKFLOW, r#""products":["p",null,"p"]"#, "out_of_range /products/2"),
        (WORKFLOW, r#""products":[1,"1.0",1.0]"#, "out_of_range /products/2"),
        (INTEGRATION, r#""from":1,"to":1.0"#, "out_of_range /to"),
        (WORKFLOW, r#""products":"p,q""#, "wrong_type /products"),
        (WORKFLOW, r#""quantity":0"#, "out_of_range /quantity"),
        (TOUCHPOINT, r#""kind":"fax""#, "out_of_range /kind"),
        (NPS, r#""score":11"#, "out_of_range /score"),
        (NPS, r#""score":0"#, "ok"),
        (NPS, r#""score":9.0"#, "ok"),
        (NPS, r#""score":9.5"#, "wrong_type /score"),
        (NPS, r#""score":"""#, "wrong_type /score"),
        (TASK, r#""status":"open""#, "out_of_range /status"),
        (TASK, r#""incident":null"#, "missing_field /incident"),
        (TASK, r#""incident":"","play":"upsell","product":"p""#, "ok"),
        (TASK, r#""incident":null,"play":"upsell","user":7"#, "ok"),
        (TASK, r#""play":{}"#, "wrong_type /play"),
        (OUTCOME, r#""kind":"other""#, "out_of_range /kind"),
        (OUTCOME, r#""amount":null,"reason":null"#, "ok"),
        (OUTCOME, r#""amount":"1""#, "wrong_type /amount"),
    ]);
}

/// In every field that may be absent, `null` and an empty text are so, whatever its kind is.
#[test]
fn null_and_the_empty_text_are_absent() {
    let optional: &[(&str, &[&str])] = &[
        (USAGE, &["id", "user", "feature", "quantity"]),
        (ENTITLEMENT, &["term", "seats", "plan", "addons", "features", "arr", "starts", "ends"]),
        (ACCOUNT, &["name", "employees", "industry", "region", "use_cases", "time_zone", "owner", "account_executive", "success_role"]),
        (ACCOUNT, &["parent", "onboarding_completed", "closed", "contract", "health", "ids", "clear"]),
        (USER, &["merged_into", "name", "email", "role", "level", "department", "key", "internal", "created", "left", "clear"]),
        (WORKFLOW, &["user", "quantity"]),
        (TOUCHPOINT, &["user"]),
        (NPS, &["comment"]),
        (TASK, &["play", "product", "user", "reason"]),
        (OUTCOME, &["amount", "reason"]),
    ];
    for (base, fields) in optional {
        for field in *fields {
            for absent in ["null", r#""""#] {
                let value = with(base, &format!("\"{field}\":{absent}"));
                assert_eq!(event(&value), event(base), "{value}");
            }
        }
    }
    let value = with(ACCOUNT, r#""contract":{"starts":"","renewal":null,"arr":""},"health":{"service":""}"#);
    let Body::Account(account) = event(&value).body else { panic!("an account") };
    assert_eq!((account.contract, account.health), (Patch::Set(Contract::default()), Patch::Set(Health::default())));
    // In a list an empty text is a text.
    let value = with(ACCOUNT, r#""use_cases":["",null,"x"]"#);
    let Body::Account(account) = event(&value).body else { panic!("an account") };
    assert_eq!(account.use_cases, Patch::Set(vec!["".into(), "x".into()]));
}

#[test]
fn fields_are_cleared_by_name() {
    check(&[
        (ACCOUNT, r#""clear":[]"#, "ok"),
        (ACCOUNT, r#""clear":["name","contract","closed"]"#, "ok"),
        (ACCOUNT, r#""clear":["name","Name"]"#, "out_of_range /clear/1"),
        (ACCOUNT, r#""clear":["clear"]"#, "out_of_range /clear/0"),
        (ACCOUNT, r#""clear":["contract.arr"]"#, "out_of_range /clear/0"),
        (ACCOUNT, r#""clear":["time"]"#, "out_of_range /clear/0"),
        (ACCOUNT, r#""clear":[""]"#, "out_of_range /clear/0"),
        (ACCOUNT, r#""clear":[7]"#, "wrong_type /clear/0"),
        (ACCOUNT, r#""clear":"name""#, "wrong_type /clear"),
        (USER, r#""clear":["internal","merged_into","user"]"#, "ok"),
        (USER, r#""clear":["industry"]"#, "out_of_range /clear/0"),
        (USAGE, r#""clear":5"#, "ok"),
    ]);
    let reject = rejected(with(ACCOUNT, r#""clear":["timezone"]"#).as_bytes());
    assert!(reject.message.ends_with("found \"timezone\"; did you mean time_zone?"), "{reject}");
    // What the record gives is not cleared.
    let value = with(USER, r#""clear":["left","internal","key"],"internal":true,"key":null"#);
    let Body::User(user) = event(&value).body else { panic!("a user") };
    assert_eq!((user.left, user.internal, user.key), (Patch::Clear, Patch::Set(true), Patch::Clear));
}

#[test]
fn names_may_be_whole_numbers() {
    let cases = [
        ("42", "42"),
        ("42.0", "42"),
        ("4.2e1", "42"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("-7", "-7"),
        ("18446744073709551615", "18446744073709551615"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("9007199254740992.0", "9007199254740992"),
        // The double nearest to it.
        ("9007199254740993.0", "9007199254740992"),
    ];
    for (number, digits) in cases {
        let value = with(USAGE, &format!(r#""account":{number},"user":{number},"id":{number}"#));
        let event = event(&value);
        let Body::Usage { user, .. } = event.body else { panic!("usage") };
        assert_eq!((&*event.account, user.as_deref(), event.id.as_deref()), (digits, Some(digits), Some(digits)), "{number}");
    }
    check(&[
        (USAGE, r#""user":18446744073709551616"#, "out_of_range /user"),
        (USAGE, r#""user":-9223372036854775809"#, "out_of_range /user"),
        (USAGE, r#""user":9007199254740994.0"#, "out_of_range /user"),
        (USAGE, r#""user":1e300"#, "out_of_range /user"),
        (USAGE, r#""user":-1e999"#, "out_of_range /user"),
        (USAGE, r#""user":3.5"#, "wrong_type /user"),
        (USAGE, r#""user":0.1"#, "wrong_type /user"),
        (ACCOUNT, r#""owner":7"#, "wrong_type /owner"),
    ]);
    let digits = "9".repeat(1000);
    let reject = rejected(with(USAGE, &format!(r#""user":{digits}"#)).as_bytes());
    assert_eq!(reject.reason, Reason::OutOfRange);
    assert!(reject.message.len() < 300, "{reject}");
}

/// What is to be done about it stands in the message.
#[test]
fn messages_name_the_mend() {
    let cases = [
        (USAGE, r#""time":1788249600"#, "found 1788249600; are these seconds? In milliseconds they are 1788249600000"),
        (USAGE, r#""time":-1"#, "found -1; are these seconds? Milliseconds are expected"),
        (USAGE, r#""time":"1970-01-21T16:44:09Z""#, "found \"1970-01-21T16:44:09Z\"; were these seconds, taken for milliseconds?"),
        (USAGE, r#""time":1788249600000000"#, "are these microseconds? In milliseconds they are 1788249600000"),
        (USAGE, r#""time":1788249600000000000"#, "are these nanoseconds? In milliseconds they are 1788249600000"),
        (USAGE, r#""time":"1788249600000""#, "write the number without quotes"),
        (USAGE, r#""time":"2026-09-01 09:00:00""#, "it has no offset: append Z where it is UTC, else one such as +02:00"),
        (USAGE, r#""time":"2026-09-01""#, "it is a date alone, without a time of day and an offset"),
        (USAGE, r#""quantity":0"#, "found 0; leave out what was not done"),
        (USAGE, r#""quantity":-3"#, "found -3; what was counted cannot be taken back; leave the record out"),
        (USAGE, r#""quantity":"3""#, "found \"3\"; write the number without quotes"),
        (GAUGE, r#""value":"1.5""#, "found \"1.5\"; write the number without quotes"),
        (ENTITLEMENT, r#""starts":"2026-09-01T00:00:00Z""#, "leave the time of day away: 2026-09-01"),
        (ENTITLEMENT, r#""starts":1788220800000"#, "found 1788220800000; where these are milliseconds, write 2026-09-01"),
        (ENTITLEMENT, r#""status":"Active""#, "expected one of active, trialing, ended, found \"Active\"; did you mean active?"),
        (ENTITLEMENT, r#""status":"past_due""#, "expected one of active, trialing, ended, found \"past_due\""),
        (USER, r#""internal":1"#, "expected true or false, found 1; write true"),
        (USER, r#""internal":"False""#, "write false"),
    ];
    for (base, members, hint) in cases {
        let reject = rejected(with(base, members).as_bytes());
        assert!(reject.message.ends_with(hint), "{reject}");
    }
}

#[test]
fn the_time_of_the_kafka_record_stands_in() {
    let decoded = |value: &str, check_key: bool, record_ms: Option<i64>| {
        let limits = Limits { check_key, record_ms, ..REPLAY };
        decode(Some(b"a"), value.as_bytes(), Vec::new, &limits).map(|event| event.time_ms).map_err(|reject| reject.to_string())
    };
    for absent in ["", r#","time":null"#, r#","time":"""#] {
        let value = format!(r#"{{"type":"usage","account":"a","product":"p"{absent}}}"#);
        assert_eq!(decoded(&value, true, Some(MS_MIN)), Ok(MS_MIN), "{value}");
    }
    assert_eq!(decoded(USAGE, true, Some(MS_MAX)), Ok(MS_MIN));
    let without = r#"{"type":"usage","account":"a","product":"p"}"#;
    let cases = [
        (true, None, "with engine.time_from_record it would be that of the Kafka record"),
        (false, None, "a line has no Kafka record around it, whose time engine.time_from_record could take"),
        (true, Some(-1), "that of the Kafka record, -1, cannot stand in: it is not of 2000..=9999"),
    ];
    for (check_key, record_ms, hint) in cases {
        assert_eq!(decoded(without, check_key, record_ms), Err(format!("/time: required, but absent; {hint}")));
    }
    // It stands in for what is absent, not for what is wrong.
    assert!(decoded(&with(USAGE, r#""time":"soon""#), true, Some(MS_MIN)).is_err());
}

#[test]
fn ids_of_other_systems() {
    let value = with(ACCOUNT, r#""ids":{"stripe":"cus_1","salesforce":"001\u0078x","stripe":"cus_2"}"#);
    let Body::Account(account) = event(&value).body else { panic!("an account") };
    assert_eq!(account.ids, Patch::Set(BTreeMap::from([("salesforce".into(), "001xx".into()), ("stripe".into(), "cus_2".into())])));

    let entries = |count: usize| (0..count).map(|number| format!(r#""s{number}":"x""#)).collect::<Vec<_>>().join(",");
    let (max, over) = ("é".repeat(128), "é".repeat(128) + "x");
    check(&[
        (ACCOUNT, &format!(r#""ids":{{"{max}":"{max}"}}"#), "ok"),
        (ACCOUNT, &format!(r#""ids":{{{}}}"#, entries(64)), "ok"),
        // Of a repeated key the last counts, and no other is an entry; nor is `null`.
        (ACCOUNT, &format!(r#""ids":{{{},"x":null}}"#, entries(64)), "ok"),
        (ACCOUNT, &format!(r#""ids":{{{},"s0":"y"}}"#, entries(64)), "ok"),
    ]);
    let cases = [
        ("7".to_owned(), "/ids: expected an object of strings, found 7"),
        (format!("{{{}}}", entries(65)), "/ids: expected at most 64 entries, found 65"),
        (format!(r#"{{"{over}":"x"}}"#), "/ids: a key: expected a string of 1..=256 bytes, found 257 bytes"),
        (r#"{"":"x"}"#.to_owned(), "/ids: a key: expected a string of 1..=256 bytes, found 0 bytes"),
        (r#"{"\ud800":"x"}"#.to_owned(), "/ids: expected no lone surrogate in a key"),
        (format!(r#"{{"stripe":"{over}"}}"#), "/ids: the value of `stripe`: expected a string of 1..=256 bytes, found 257 bytes"),
        (r#"{"a\u001b":{}}"#.to_owned(), r"/ids: the value of `a\u{1b}`: expected a string of 1..=256 bytes, found an object"),
    ];
    for (ids, expected) in cases {
        assert_eq!(rejected(with(ACCOUNT, &format!(r#""ids":{ids}"#)).as_bytes()).to_string(), expected);
    }
}

#[test]
fn required_fields_are_those_without_a_question_mark() {
    let required: &[(&str, &[&str])] = &[
        (USAGE, &["product"]),
        (GAUGE, &["product", "name", "value"]),
        (ENTITLEMENT, &["product", "status"]),
        (USER, &["user"]),
        (INTEGRATION, &["from", "to", "status"]),
        (WORKFLOW, &["name", "products"]),
        (TOUCHPOINT, &["kind"]),
        (NPS, &["user", "score"]),
        (TASK, &["task", "status", "incident"]),
        (OUTCOME, &["kind"]),
    ];
    for (base, fields) in required {
        for field in *fields {
            let reject = rejected(base.replace(&format!("\"{field}\":"), "\"x\":").as_bytes());
            assert_eq!((reject.reason, reject.pointer), (Reason::MissingField, format!("/{field}")), "{base}");
        }
    }
}

/// A record that is wrong everywhere, mended one fault at a time in the order in which the faults are reported.
#[test]
fn the_first_fault_is_reported() {
    let key: Option<&[u8]> = Some(b"b");
    let limits = Limits { max_record_bytes: 100, check_key: true, record_ms: None };
    let mut record: Vec<u8> =
        [br#"{"type":1,"time":"x","account":"","id":[],"product":"","quantity":0"#.as_slice(), &[b' '; 40], b"\xff"].concat();
    let mut expect = |expected: &str, from: &[u8], to: &[u8]| {
        let reject = decode(key, &record, Vec::new, &limits).expect_err(expected);
        assert_eq!(format!("{} {}", reject.reason, reject.pointer), expected);
        let at = record.windows(from.len()).position(|window| window == from).expect("the fault to mend");
        record.splice(at..at + from.len(), to.iter().copied());
    };
    expect("too_large ", &[b' '; 40], b"");
    expect("invalid_utf8 ", b"\xff", b"");
    expect("bad_json ", b"\"quantity\":0", b"\"quantity\":0}");
    expect("wrong_type /type", b"1", b"\"usage\"");
    expect("wrong_type /time", b"\"x\"", b"1e12");
    expect("out_of_range /account", b"\"account\":\"\"", b"\"account\":\"a\"");
    expect("key_mismatch /account", b"\"account\":\"a\"", b"\"account\":\"b\"");
    expect("wrong_type /id", b"[]", b"\"i\"");
    expect("out_of_range /product", b"\"product\":\"\"", b"\"product\":\"p\"");
    expect("out_of_range /quantity", b"\"quantity\":0", b"\"quantity\":1");
    assert!(decode(key, &record, Vec::new, &limits).is_ok());
}

#[test]
fn keys() {
    let limits = Limits::default();
    for key in [b"a".as_slice(), b"\0\0\0\x01\x02a"] {
        assert!(decode(Some(key), USAGE.as_bytes(), Vec::new, &limits).is_ok(), "{key:?}");
    }
    let cases: [(Option<&[u8]>, &str); 6] = [
        (None, "no key"),
        (Some(b""), "the key ``"),
        (Some(b"A"), "the key `A`"),
        (Some(b"\xff"), "the key `\u{fffd}`"),
        (Some(b"\0\0\0\x01\x02b"), "the key `\\u{0}\\u{0}\\u{0}\\u{1}\\u{2}b`"),
        (Some(b"\x01\0\0\x01\x02a"), "the key `\\u{1}\\u{0}\\u{0}\\u{1}\\u{2}a`"),
    ];
    for (key, found) in cases {
        let reject = decode(key, USAGE.as_bytes(), Vec::new, &limits).expect_err("mismatch");
        assert_eq!((reject.reason, reject.pointer.as_str()), (Reason::KeyMismatch, "/account"));
        assert_eq!(reject.message, format!("expected the record's key to be the account `a`, found {found}"));
    }
}

#[test]
fn keys_of_accounts_that_are_numbers() {
    let decoded = |account: &str, key: &[u8]| {
        let value = with(USAGE, &format!(r#""account":{account}"#));
        decode(Some(key), value.as_bytes(), Vec::new, &Limits::default()).map(|event| event.account.into_owned())
    };
    for (account, key) in [("42", "42"), ("42.0", "42"), ("42.0", "42.0"), (r#""42""#, "42"), ("4.2e1", "\0\0\0\x01\x0242")] {
        assert_eq!(decoded(account, key.as_bytes()).as_deref(), Ok("42"), "{account} {key}");
    }
    for (account, key) in [("42", "43"), ("42", "42.0"), (r#""42""#, "42.0")] {
        assert_eq!(decoded(account, key.as_bytes()).map_err(|reject| reject.reason), Err(Reason::KeyMismatch), "{account} {key}");
    }
}

#[path = "cloudevents_tests.rs"]
mod cloudevents;
