//! What the owner of a mapping is told: fixtures with a `^` wherever a problem is expected, and the messages in the same order.

use adoption_tracker::mapping::Mapping;

use crate::carets;

/// Checks that loading tells exactly these problems, at the carets.
#[track_caller]
fn check(fixture: &str, messages: &[&str]) {
    carets::check("m.yaml", fixture, messages, |yaml| match Mapping::parse("m.yaml", yaml) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    });
}

/// One event of a mapping that is good otherwise.
#[track_caller]
fn check_event(event: &str, messages: &[&str]) {
    let tables = "tables:\n  events: {columns: [event, product], rows: [[Contact Created, crm]]}\n";
    check(&format!("version: 1\nname: m\ninput: json\n{tables}events:\n  - {}\n", event.replace('\n', "\n    ")), messages);
}

const USAGE: &str = "type: usage\ntime: /t\naccount: /a\nproduct: crm\n";

/// One more field of an event that is good otherwise.
#[track_caller]
fn check_field(field: &str, messages: &[&str]) {
    check_event(&format!("{USAGE}{field}"), messages);
}

#[test]
fn whole_files() {
    check("^", &["the mapping is empty: expected at least `version`, `name`, `input` and `events`"]);
    check(
        "^^^^^nam: m",
        &[
            "missing key `events` in the mapping",
            "missing key `input` in the mapping",
            "missing key `name` in the mapping",
            "missing key `version` in the mapping",
            "unknown key `nam` in the mapping: expected `version`, `name`, `input`, `each`, `texts`, `formats`, `events` or `tables`; did you mean \
             `name`?",
        ],
    );
    let events = "events: [{type: usage, time: /t, account: /a, product: p}]";
    check(
        &format!("version: ^2\nname: m\ninput: ^jsn\n{events}\n"),
        &[
            "`version` must be 1, the only version there is, found the number `2`",
            "unknown input `jsn`: expected `json`, `csv`, `connect` or `debezium`; did you mean `json`?",
        ],
    );
    check(
        &format!("version: 1\nname: m\ninput: debezium\neach: ^/x\n{events}\n"),
        &["`each` is not there with input `debezium`, where pointers begin at the row that changed"],
    );
    check("version: 1\nname: m\ninput: json\nevents: ^[]\n", &["`events` is empty: expected a list of events, each with `type`"]);
    check("version: 1\nname: &x json\ninput: ^*x\nevents: [{drop: x}]\n", &["a YAML alias is not supported: write the value out"]);
}

#[test]
fn keys_and_types() {
    check_event("type: ^usages\ntime: /t", &["unknown type `usages`: did you mean `usage`?"]);
    check_event("^time: /t", &["missing key `type` in an event"]);
    check_field("^quantty: /n", &["unknown key `quantty` in an event of type `usage`: did you mean `quantity`?"]);
    check_event("^type: usage\ntime: /t\naccount: /a", &["missing key `product` in an event of type `usage`"]);
    check_event("when: {/x: 1}\ndrop: not ours\n^type: usage", &["`type` does not stand beside `drop`, by which there is no event"]);
}

#[test]
fn pointers() {
    check_field(
        "user: ^/u~",
        &["`user` must be a JSON pointer such as /properties/plan, found `/u~`: `~` stands for itself as `~0`, and `/` in a key as `~1`"],
    );
    check_field("user: ^/../u", &["`/../u`: there is nothing around the record; `/..` stands with `each` or with input `debezium`"]);
    check_field("user: [/u, ^v]", &["`user` must be a JSON pointer such as /properties/plan, found `v`"]);
    check_event(
        "when: {^x: 1}\ntype: usage\ntime: /t\naccount: /a\nproduct: crm",
        &["a key of `when` must be a JSON pointer such as /properties/plan, found `x`"],
    );
}

#[test]
fn constants_are_of_their_kind() {
    check_field("quantity: ^many", &["`quantity` must be a whole number, found the text `many`"]);
    check_event(
        "type: entitlement\ntime: /t\naccount: /a\nproduct: crm\nstatus: ^activ\nstarts: ^soon",
        &[
            "unknown value `activ` of `status`: expected `active`, `trialing` or `ended`; did you mean `active`?",
            "`starts` must be a date such as 2026-12-24, found the text `soon`",
        ],
    );
    check_event("type: user\ntime: /t\naccount: /a\nuser: /u\ninternal: ^1", &["`internal` must be true or false, found the number `1`"]);
    check_event(
        "type: account\ntime: /t\naccount: /a\nclear: [^ownr]\ncontract: {^ar: /x}",
        &[
            "unknown value `ownr` of `clear`: did you mean `owner`?",
            "unknown key `ar` in `contract`: expected `starts`, `renewal` or `arr`; did you mean `arr`?",
        ],
    );
}

#[test]
fn values_that_are_described() {
    check_field("feature: ^{^form: /f}", &["missing key `from` in `feature`", "unknown key `form` in `feature`: did you mean `from`?"]);
    check_field("user: {from: /u, format: ^unix_s}", &["`format` is of times and dates, and `user` is a text"]);
    check_field("quantity: {from: /n, scale: ^2}", &["`scale` is of numbers with a point, and `quantity` is a whole number"]);
    check_field("user: {from: /u, split: ^','}", &["`split` is of lists, and `user` is a text"]);
    check_field("user: {from: /u, else: ^drop}", &["`else` stands with `map` or `table`"]);
    check_field("user: {join: ^[]}", &["`join` is empty: expected a list of pointers and constants"]);
    check_field(
        "quantity: {join: ^[/u, /v], from: ^/x}",
        &["`join` makes a text, and `quantity` is a whole number", "`from` does not stand with `join`"],
    );
}

#[test]
fn times_and_dates() {
    let event = |time: &str| format!("type: usage\naccount: /a\nproduct: crm\ntime: {time}");
    check_event(
        &event("{from: /t, format: ^unixs}"),
        &["unknown format `unixs`: expected `rfc3339`, `unix_s`, `unix_ms`, `unix_us`, `days` or `loose`; did you mean `unix_s`?"],
    );
    check_event(&event("{from: /t, format: ^days}"), &["`days` is a format of dates, not of times"]);
    check_event(&event("{from: /t, format: unix_s, zone: ^UTC}"), &["`zone` stands with `format: loose`"]);
    check_event(&event("{from: /t, format: unix_s, unit: ^s}"), &["`unit` stands with `format: loose`; the other formats name theirs"]);
    check_event(
        &event("{from: /t, format: loose, zone: ^Europe/Berln}"),
        &["unknown time zone `Europe/Berln`: did you mean `Europe/Berlin`?"],
    );
}

#[test]
fn tables_and_maps() {
    check_field("feature: {from: /f, table: ^event, column: product}", &["unknown table `event`: expected `events`"]);
    check_field("feature: {from: /f, table: ^events}", &["`table` needs a `column` beside it: which value is taken"]);
    check_field(
        "feature: {from: /f, table: events, column: ^produkt}",
        &["unknown column `produkt` of table `events`: expected `event` or `product`; did you mean `product`?"],
    );
    check_field(
        "feature: {from: /f, map: {a: b}, table: ^events, column: product}",
        &["`table` does not stand with `map`: one of them is looked up"],
    );
    check_event(
        "type: usage\naccount: /a\nproduct: crm\ntime: {from: /t, format: rfc3339, before: ^T}",
        &["`before` does not stand with `format`: what is cut off a text has no form of its own"],
    );
    check_field(
        "feature: {from: /f, map: {a: b}, else: ^reject}",
        &["`else: reject` would be a constant: without `else`, what is not listed is refused"],
    );
    check_field("quantity: {from: /f, map: {a: ^b}}", &["`quantity` must be a whole number, found the text `b`"]);
    let mapping =
        |rows: &str| format!("version: 1\nname: m\ninput: json\ntables:\n  t: {{columns: [a, b], rows: {rows}}}\nevents: [{{drop: x}}]\n");
    check(&mapping("[^[x]]"), &["a row of table `t` has 1 values for 2 columns"]);
    check(&mapping("[[x, y], ^[x, z]]"), &["`x` stands twice in the first column of table `t`: first in line 5"]);
}
