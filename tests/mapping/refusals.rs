//! What is told of a record that a mapping cannot take: the place in the record as it came, the field, the value, and what would take it.

use super::{mapping, outcomes, told};

/// Records, and behind each a line for what becomes of it, or of each of its elements.
#[track_caller]
fn check(yaml: &str, cases: &str) {
    let mut lines = cases.lines().filter(|line| !line.is_empty()).peekable();
    let mut count = 0;
    while let Some(record) = lines.next() {
        let mut expected = Vec::new();
        while let Some(line) = lines.next_if(|line| line.starts_with("= ")) {
            expected.push(line["= ".len()..].to_owned());
        }
        let found: Vec<String> = outcomes(mapping(yaml), record.as_bytes()).iter().map(|(_, outcome)| told(outcome)).collect();
        assert_eq!(found, expected, "{record}");
        count += 1;
    }
    assert!(count > 3, "{count} records");
}

const TRACKS: &str = r#"
version: 1
name: m
input: json
events:
  - when: {/type: track}
    type: usage
    time: {from: /time, format: rfc3339}
    account: [/group, /properties/group]
    product: {from: /event, table: events, column: product}
    feature: {from: /event, table: events, column: feature, else: drop}
    quantity: /n
  - when: {/type: gap, /again: {present: false}}
    reject: read it anew
  - when: {/type: {not: [other, another]}, /x: {present: true}}
    drop: of no use
tables:
  events: {columns: [event, product, feature], rows: [[Contact Created, crm, contact.created], [Deal Won, crm, null]]}
"#;

#[test]
fn events() {
    check(
        TRACKS,
        r#"
{"type":"track","time":"2026-10-03T10:15:30Z","group":"a","event":"Contact Created","n":"3"}
= {"type":"usage","time":"2026-10-03T10:15:30Z","account":"a","product":"crm","feature":"contact.created","quantity":3}
{"type":"track","time":"2026-10-03T10:15:30Z","group":"a","event":"Contact Created","n":"x"}
= wrong_type: /n: `quantity`: expected an integer 1..=1000000000, found "x"
{"type":"track","time":"2026-10-03T10:15:30Z","group":"a","event":"Contact Created","n":0}
= out_of_range: /n: `quantity`: expected an integer 1..=1000000000, found 0; leave out what was not done
{"type":"track","time":"2026-10-03T10:15:30Z","group":"a","event":"Contact Crated"}
= not_listed: /event: `product`: "Contact Crated" is not listed in table `events` (there is `Contact Created`): list it, or say `else`
{"type":"track","time":"2026-10-03T10:15:30Z","group":"a","event":"Deal Won"}
= dropped
{"type":"track","time":"2026-10-03T10:15:30Z","group":"a","event":["Deal Won"]}
= wrong_type: /event: `product`: expected a text, a number or a boolean, found an array
{"type":"track","time":"2026-10-03T10:15:30Z","group":"a","n":1}
= missing_field: /event: `product`: required, but absent; `default` says what stands in for it
{"type":"track","time":"2026-10-03T10:15:30Z","event":"Contact Created"}
= missing_field: /group: `account`: required, but absent; none of /group, /properties/group is there
{"type":"track","time":"2026-10-03T10:15:30Z","properties":{"group":""},"group":null,"event":"Contact Created"}
= missing_field: /group: `account`: required, but absent; none of /group, /properties/group is there
{"type":"track","time":"2026-10-03T10:15:30","group":"a","event":"Contact Created"}
= wrong_type: /time: `time`: "2026-10-03T10:15:30" has no offset: `format: loose` takes it, with the `zone` that it is of
{"type":"gap"}
= refused_by_mapping: read it anew
{"type":"gap","again":1}
= unmapped
{"type":"gap","again":1,"x":0}
= dropped
{"type":"other","x":1}
= unmapped
{}
= unmapped
[{}, {"type":"gap"}]
= unmapped
= refused_by_mapping: read it anew
7
= not_object: expected a JSON object, found 7
{"type":"track"
= bad_json: not JSON at byte 15: expected `,` or `}`, found the end
"#,
    );
}

const ROWS: &str = r#"
version: 1
name: m
input: json
events:
  - when: {/type: {prefix: ent}}
    type: entitlement
    time: {from: /time, format: unix_s}
    account: /group
    product: =/slash
    status: {from: /state, map: {on: active, off: ended}}
    arr: {from: /arr, scale: 2}
    starts: {from: /starts, format: days}
    ends: {from: /ends, format: unix_ms}
    addons: {from: /addons, split: ","}
  - when: {/type: row}
    type: user
    time: {from: /time, format: loose}
    account: /group
    user: {join: [/first, /last], with: .}
    internal: /internal
    created: {from: /created, format: loose}
  - when: {/type: account}
    type: account
    time: /time
    account: /group
    contract: {arr: /arr, starts: /starts}
    ids: {stripe: /customer, crm: {from: /crm, before: ":"}}
"#;

#[test]
fn rows() {
    check(
        ROWS,
        r#"
{"type":"ent","time":1791022530,"group":"a","state":"on","arr":"ST4A","starts":20727,"ends":1790985600000,"addons":"x, y,"}
= {"type":"entitlement","time":1791022530000,"account":"a","product":"/slash","status":"active","arr":48000.00,"starts":"2026-10-01","ends":"2026-10-03","addons":["x","y"]}
{"type":"ent","time":1791022530,"group":"a","state":"on","arr":"48,000"}
= wrong_type: /arr: `arr`: expected a number, or one in Base64 as `scale` has it, found "48,000"
{"type":"ent","time":1791022530,"group":"a","state":"on","starts":20729,"ends":1790812800000}
= out_of_range: /ends: `ends`: expected a date not before `starts`, 2026-10-03, found "2026-10-01"
{"type":"ent","time":1791022530,"group":"a","state":"on","ends":1790812800001}
= wrong_type: /ends: `ends`: 1790812800001 is within a day: say the `zone` whose day it is
{"type":"ent","time":1791022530123,"group":"a","state":"on"}
= out_of_range: /time: `time`: expected an RFC 3339 instant with offset or integer Unix milliseconds, 2000..=9999, found 1791022530123000; are these microseconds? In milliseconds they are 1791022530123
{"type":"ent","time":1791022530,"group":"a","state":"paused"}
= not_listed: /state: `status`: "paused" is not listed in `map`: list it, or say `else`
{"type":"row","time":"2026-10-03 10:15:30+02","group":"a","first":"ann","last":"lee","internal":false}
= {"type":"user","time":1791015330000,"account":"a","user":"ann.lee","internal":false}
{"type":"row","time":"2026-10-03 10:15:30+02","group":"a","first":"ann","last":"lee","internal":0}
= wrong_type: /internal: `internal`: expected true or false, found 0; `map` says which values are meant
{"type":"row","time":"2026-10-03 10:15:30+02","group":"a","first":"ann","last":"lee","created":1790812800}
= wrong_type: /created: `created`: found the number 1790812800: say its `unit`, s, ms or us
{"type":"row","time":"2026-10-03 10:15:30","group":"a","first":"ann","last":"lee"}
= wrong_type: /time: `time`: "2026-10-03 10:15:30" has no offset: say the `zone` that it is of
{"type":"row","time":"2026-10-03 10:15:30Z","group":"a","first":"ann"}
= missing_field: `user`: required, but absent
{"type":"account","time":1791022530000,"group":"a","customer":"cus_1","crm":"x:y","arr":"1.5"}
= {"type":"account","time":1791022530000,"account":"a","contract":{"arr":1.5},"ids":{"stripe":"cus_1","crm":"x"}}
{"type":"account","time":1791022530000,"group":"a","arr":"much"}
= wrong_type: /arr: `contract/arr`: expected a number within a double's range, found "much"
"#,
    );
}

const EACH: &str = r#"
version: 1
name: m
input: json
each: /data/items
texts: {/../meta: json}
events:
  - type: usage
    id: {join: [/../id, "=/", /.]}
    time: {from: /../time, format: unix_ms}
    account: /../meta/account
    product: crm
    feature: /.
"#;

#[test]
fn a_bad_element_leaves_its_siblings() {
    check(
        EACH,
        r#"
{"id":"e","time":1791022530000,"meta":"{\"account\":\"acme\"}","data":{"items":["a",{"b":1},"","c"]}}
= {"type":"usage","id":"e/a","time":1791022530000,"account":"acme","product":"crm","feature":"a"}
= wrong_type: /data/items/1: `id`: expected a text, a number or a boolean, found an object
= {"type":"usage","time":1791022530000,"account":"acme","product":"crm"}
= {"type":"usage","id":"e/c","time":1791022530000,"account":"acme","product":"crm","feature":"c"}
{"data":{"items":[]}}
= unmapped
{"data":{}}
= unmapped
{"data":{"items":null}}
= unmapped
{"data":{"items":{}}}
= wrong_type: /data/items: `each` expected an array, found an object
{"data":{"items":[1]},"meta":"{"}
= bad_json: not JSON at byte 1: expected a key in quotes, found the end
"#,
    );
}

const CHANGES: &str = r#"
version: 1
name: m
input: debezium
events:
  - when: {/../op: d, /kind: term}
    type: entitlement
    time: {from: /../ts_ms, format: unix_ms}
    account: /account
    product: /product
    status: ended
  - when: {/kind: term}
    type: entitlement
    time: {from: /../ts_ms, format: unix_ms}
    account: /account
    product: /product
    status: active
"#;

/// A deletion is an event only where `when` speaks of it.
#[test]
fn changes_of_a_table() {
    check(
        CHANGES,
        r#"
{"before":null,"after":{"kind":"term","account":"acme","product":"crm"},"op":"c","ts_ms":1791022530000}
= {"type":"entitlement","time":1791022530000,"account":"acme","product":"crm","status":"active"}
{"before":{"kind":"term","account":"acme","product":"crm"},"after":null,"op":"d","ts_ms":1791022530000}
= {"type":"entitlement","time":1791022530000,"account":"acme","product":"crm","status":"ended"}
{"before":{"kind":"other","account":"acme","product":"crm"},"after":null,"op":"d","ts_ms":1791022530000}
= unmapped
{"before":null,"after":null,"op":"t","ts_ms":1791022530000}
= unmapped
{"schema":{},"payload":{"before":null,"after":{"kind":"term","account":"acme","product":"crm"},"op":"u","ts_ms":1791022530000}}
= {"type":"entitlement","time":1791022530000,"account":"acme","product":"crm","status":"active"}
{"schema":null,"payload":null}
= unmapped
null
= unmapped
{"kind":"term","account":"acme","product":"crm"}
= missing_field: expected a change with `op`, `before` and `after`; `input: connect` takes rows without them
{"before":null,"after":{"kind":"term","product":"crm"},"op":"c","ts_ms":1791022530000}
= missing_field: /after/account: `account`: required, but absent; `default` says what stands in for it
"#,
    );
}

const CSV: &str = r#"
version: 1
name: m
input: csv
events:
  - type: usage
    time: {from: /at, format: loose, zone: UTC}
    account: /account
    product: /product
    quantity: {from: /n, default: 2}
    user: /user
"#;

#[test]
fn rows_of_a_csv() {
    let rows = "acme,crm,2026-10-03 10:15:30,3,\nacme,crm,2026-10-03 10:15:30,,ann\n,crm,2026-10-03 10:15:30,,\nacme\n";
    let text = format!("account,product,at,n,user\n{rows}");
    let found: Vec<String> =
        outcomes(mapping(CSV), text.as_bytes()).iter().map(|(line, outcome)| format!("{line} {}", told(outcome))).collect();
    let expected = [
        r#"2 {"type":"usage","time":1791022530000,"account":"acme","product":"crm","quantity":3}"#,
        r#"3 {"type":"usage","time":1791022530000,"account":"acme","product":"crm","quantity":2,"user":"ann"}"#,
        "4 missing_field: /account: `account`: required, but absent; `default` says what stands in for it",
        "5 wrong_type: expected 5 values, one for each column, found 1",
    ];
    assert_eq!(found, expected);
}

const PARTS: &str = r#"
version: 1
name: m
input: json
events:
  - type: entitlement
    time: {from: /at, format: unix_ms}
    account: {join: [/a, {from: /b, default: x}], with: "-"}
    product: crm
    status: active
    addons: {from: /addons, split: ",", before: ":"}
"#;

/// What is said of a value holds of each part of it, and of each part that it is made of.
#[test]
fn parts_of_texts() {
    check(
        PARTS,
        r#"
{"at":1791022530000,"a":"acme","b":"eu","addons":"sso:1, api"}
= {"type":"entitlement","time":1791022530000,"account":"acme-eu","product":"crm","status":"active","addons":["sso","api"]}
{"at":1791022530000,"a":"acme","addons":["sso:1","api:2"]}
= {"type":"entitlement","time":1791022530000,"account":"acme-x","product":"crm","status":"active","addons":["sso","api"]}
{"at":1791022530000,"a":"acme","b":"","addons":":1,api"}
= {"type":"entitlement","time":1791022530000,"account":"acme-x","product":"crm","status":"active","addons":["api"]}
{"at":1791022530000,"b":"eu"}
= missing_field: `account`: required, but absent
"#,
    );
}
