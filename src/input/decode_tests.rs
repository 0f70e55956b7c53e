//! The rules of docs/reference/inputs.md as tables. A case is a valid record of the type with members appended: of a repeated key the
//! last counts, so a member may also replace one.

use std::collections::BTreeMap;

use super::super::{
    AccountPatch, Body, Contract, Date, Entitlement, EntitlementStatus, Health, Integration, IntegrationStatus, MS_MAX, Nps, Outcome,
    OutcomeKind, Patch, Task, TaskStatus, Touchpoint, TouchpointKind, UserLevel, UserPatch, Workflow,
};
use super::*;

const USAGE: &str = r#"{"type":"usage","time":0,"account":"a","product":"p"}"#;
const GAUGE: &str = r#"{"type":"gauge","time":0,"account":"a","product":"p","name":"n","value":1}"#;
const ENTITLEMENT: &str = r#"{"type":"entitlement","time":0,"account":"a","product":"p","status":"active"}"#;
const ACCOUNT: &str = r#"{"type":"account","time":0,"account":"a"}"#;
const USER: &str = r#"{"type":"user","time":0,"account":"a","user":"u"}"#;
const INTEGRATION: &str = r#"{"type":"integration","time":0,"account":"a","from":"p","to":"q","status":"connected"}"#;
const WORKFLOW: &str = r#"{"type":"workflow","time":0,"account":"a","name":"w","products":["p","q"]}"#;
const TOUCHPOINT: &str = r#"{"type":"touchpoint","time":0,"account":"a","kind":"qbr"}"#;
const NPS: &str = r#"{"type":"nps","time":0,"account":"a","user":"u","score":10}"#;
const TASK: &str = r#"{"type":"task","time":0,"account":"a","incident":"i","task":"t","status":"done"}"#;
const OUTCOME: &str = r#"{"type":"outcome","time":0,"account":"a","kind":"churn"}"#;
const ALL: [&str; 11] = [USAGE, GAUGE, ENTITLEMENT, ACCOUNT, USER, INTEGRATION, WORKFLOW, TOUCHPOINT, NPS, TASK, OUTCOME];

const REPLAY: Limits = Limits { max_record_bytes: 1 << 20, check_key: false };

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
        assert_eq!((event.id, event.time_ms, event.account.as_ref()), (None, 0, "a"));
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
        r#""status":"trialing","term":"order-1","seats":0,"plan":"","addons":[],"features":["x","y"],"arr":-1.5e3,"starts":"2026-01-31","ends":"2026-01-31""#,
    );
    let entitlement = Entitlement {
        product: "p".into(),
        term: Some("order-1".into()),
        status: EntitlementStatus::Trialing,
        seats: Some(0),
        plan: Some("".into()),
        addons: Some(vec![]),
        features: Some(vec!["x".into(), "y".into()]),
        arr: Some(-1500.0),
        starts: Some(Date(20_484)),
        ends: Some(Date(20_484)),
    };
    assert_eq!(event(&value).body, Body::Entitlement(Box::new(entitlement)));

    let value = with(
        ACCOUNT,
        r#""name":"Acme","employees":12,"industry":null,"use_cases":["x"],"time_zone":"europe/berlin","parent":null,
           "onboarding_completed":"1970-01-02","closed":"1970-01-03","contract":{"arr":7,"starts":null,"new":[1]},"health":{"service":99.5},"owner":"o""#,
    );
    let account = AccountPatch {
        name: Patch::Set("Acme".into()),
        employees: Patch::Set(12),
        industry: Patch::Clear,
        use_cases: Patch::Set(vec!["x".into()]),
        time_zone: Patch::Set("Europe/Berlin".into()),
        parent: Patch::Clear,
        onboarding_completed: Patch::Set(Date(1)),
        closed: Patch::Set(Date(2)),
        contract: Patch::Set(Contract { arr: Some(7.0), ..Contract::default() }),
        health: Patch::Set(Health { service: Some(99.5), ..Health::default() }),
        owner: Patch::Set("o".into()),
        ..AccountPatch::default()
    };
    assert_eq!(event(&value).body, Body::Account(Box::new(account)));

    let value = with(USER, r#""level":"ic","key":true,"internal":false,"left":"1970-01-11","created":null,"email":"u@x""#);
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
    let task = Task { incident: "i".into(), task: "t".into(), status: TaskStatus::Dismissed, reason: Some("no budget".into()) };
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
    let limits = |max_record_bytes| Limits { max_record_bytes, check_key: false };
    assert!(decode(None, USAGE.as_bytes(), Vec::new, &limits(USAGE.len())).is_ok());
    let reject = decode(None, USAGE.as_bytes(), Vec::new, &limits(USAGE.len() - 1)).expect_err("too large");
    assert_eq!((reject.reason, reject.message.as_str()), (Reason::TooLarge, "expected at most 52 bytes, found 53"));
}

#[test]
fn types() {
    let cases = [
        (r#"{"time":0,"account":"a"}"#, Reason::MissingField, "/type: required, but absent"),
        (r#"{"type":null}"#, Reason::WrongType, "found null"),
        (r#"{"type":7}"#, Reason::WrongType, "found 7"),
        (r#"{"type":"usgae"}"#, Reason::UnknownType, "found `usgae`; did you mean usage?"),
        (r#"{"type":"Usage"}"#, Reason::UnknownType, "did you mean usage?"),
        (r#"{"type":"com.example.usage"}"#, Reason::UnknownType, "found `com.example.usage`"),
        (r#"{"type":""}"#, Reason::UnknownType, "touchpoint, nps, task, outcome, found ``"),
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
        (USAGE, r#""time":"1970-01-01T00:00:00Z""#, "ok"),
        (USAGE, r#""time":"1970-01-01T00:00:00\u005a""#, "ok"),
        (USAGE, r#""time":253402300799999"#, "ok"),
        (USAGE, r#""time":253402300800000"#, "out_of_range /time"),
        (USAGE, r#""time":99999999999999999999999"#, "out_of_range /time"),
        (USAGE, r#""time":-1"#, "out_of_range /time"),
        (USAGE, r#""time":-0"#, "ok"),
        (USAGE, r#""time":1.0"#, "wrong_type /time"),
        (USAGE, r#""time":1e3"#, "wrong_type /time"),
        (USAGE, r#""time":"1000""#, "wrong_type /time"),
        (USAGE, r#""time":"2026-10-03T10:15:30""#, "wrong_type /time"),
        (USAGE, r#""time":"2026-10-32T10:15:30Z""#, "out_of_range /time"),
        (USAGE, r#""time":null"#, "wrong_type /time"),
        (USAGE, r#""time":{}"#, "wrong_type /time"),
        (USAGE, r#""account":"""#, "out_of_range /account"),
        (USAGE, r#""account":null"#, "wrong_type /account"),
        (USAGE, r#""account":5"#, "wrong_type /account"),
        (USAGE, r#""id":null"#, "ok"),
        (USAGE, r#""id":"""#, "out_of_range /id"),
        (USAGE, r#""id":1"#, "wrong_type /id"),
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
        (ACCOUNT, &member("name", &over), "out_of_range /name"),
        (ACCOUNT, &member("parent", &over), "out_of_range /parent"),
        (ENTITLEMENT, &member("term", &max), "ok"),
        (ENTITLEMENT, &member("term", &over), "out_of_range /term"),
        (ACCOUNT, &member("owner", &over), "ok"),
        (ACCOUNT, &member("owner", &"x".repeat(4096)), "ok"),
        (ACCOUNT, &member("owner", &"x".repeat(4097)), "out_of_range /owner"),
        (ACCOUNT, r#""owner":"""#, "ok"),
        (ACCOUNT, r#""name":"""#, "out_of_range /name"),
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
        (USAGE, r#""quantity":3.0"#, "wrong_type /quantity"),
        (USAGE, r#""quantity":1e3"#, "wrong_type /quantity"),
        (USAGE, r#""quantity":"3""#, "wrong_type /quantity"),
        (USAGE, r#""quantity":true"#, "wrong_type /quantity"),
        (USAGE, r#""product":null"#, "wrong_type /product"),
        (USAGE, r#""feature":["f"]"#, "wrong_type /feature"),
        (GAUGE, r#""value":-0.0"#, "ok"),
        (GAUGE, r#""value":1.7976931348623157e308"#, "ok"),
        (GAUGE, r#""value":1e-999"#, "ok"),
        (GAUGE, r#""value":1e999"#, "out_of_range /value"),
        (GAUGE, r#""value":-1e999"#, "out_of_range /value"),
        (GAUGE, r#""value":"1""#, "wrong_type /value"),
        (GAUGE, r#""value":null"#, "wrong_type /value"),
        (ENTITLEMENT, r#""status":"Active""#, "out_of_range /status"),
        (ENTITLEMENT, r#""status":1"#, "wrong_type /status"),
        (ENTITLEMENT, r#""term":"order-1""#, "ok"),
        (ENTITLEMENT, r#""term":{}"#, "wrong_type /term"),
        (ENTITLEMENT, r#""seats":-0"#, "ok"),
        (ENTITLEMENT, r#""seats":-1"#, "out_of_range /seats"),
        (ENTITLEMENT, r#""seats":1000000000"#, "ok"),
        (ENTITLEMENT, r#""seats":1000000001"#, "out_of_range /seats"),
        (ENTITLEMENT, r#""addons":"x""#, "wrong_type /addons"),
        (ENTITLEMENT, r#""addons":["x",1]"#, "wrong_type /addons/1"),
        (ENTITLEMENT, r#""features":[null]"#, "wrong_type /features/0"),
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
        (ACCOUNT, r#""time_zone":"""#, "out_of_range /time_zone"),
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
        (ACCOUNT, r#""ids":{"stripe":7}"#, "wrong_type /ids"),
        (ACCOUNT, r#""ids":{"stripe":null}"#, "wrong_type /ids"),
        (ACCOUNT, r#""ids":{"stripe":""}"#, "out_of_range /ids"),
        (ACCOUNT, r#""ids":{"":"cus_123"}"#, "out_of_range /ids"),
        (ACCOUNT, r#""ids":{"\ud800":"cus_123"}"#, "invalid_utf8 /ids"),
        (ACCOUNT, r#""ids":{"stripe":"\ud800"}"#, "invalid_utf8 /ids"),
        (ACCOUNT, r#""ids":{"stripe":7,"\u0073tripe":"cus_123"}"#, "ok"),
        (USER, r#""user":null"#, "wrong_type /user"),
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
        (WORKFLOW, r#""products":"p,q""#, "wrong_type /products"),
        (WORKFLOW, r#""quantity":0"#, "out_of_range /quantity"),
        (TOUCHPOINT, r#""kind":"fax""#, "out_of_range /kind"),
        (NPS, r#""score":11"#, "out_of_range /score"),
        (NPS, r#""score":0"#, "ok"),
        (NPS, r#""score":9.0"#, "wrong_type /score"),
        (TASK, r#""status":"open""#, "out_of_range /status"),
        (OUTCOME, r#""kind":"other""#, "out_of_range /kind"),
        (OUTCOME, r#""amount":null,"reason":null"#, "ok"),
        (OUTCOME, r#""amount":"1""#, "wrong_type /amount"),
    ]);
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
        // Of a repeated key the last counts, and no other is an entry.
        (ACCOUNT, &format!(r#""ids":{{{},"s0":"y"}}"#, entries(64)), "ok"),
    ]);
    let cases = [
        ("7".to_owned(), "/ids: expected an object of strings, found 7"),
        (format!("{{{}}}", entries(65)), "/ids: expected at most 64 entries, found more"),
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
        (TASK, &["incident", "task", "status"]),
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
    let limits = Limits { max_record_bytes: 100, check_key: true };
    let mut record: Vec<u8> =
        [br#"{"type":1,"time":"x","account":"","id":"","product":"","quantity":0"#.as_slice(), &[b' '; 40], b"\xff"].concat();
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
    expect("wrong_type /time", b"\"x\"", b"0");
    expect("out_of_range /account", b"\"account\":\"\"", b"\"account\":\"a\"");
    expect("key_mismatch /account", b"\"account\":\"a\"", b"\"account\":\"b\"");
    expect("out_of_range /id", b"\"id\":\"\"", b"\"id\":\"i\"");
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

#[path = "cloudevents_tests.rs"]
mod cloudevents;
