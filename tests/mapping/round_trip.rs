//! A native record, written as tools write it and mapped back, is the same record.

use adoption_tracker::input::{Event, Limits, decode};
use adoption_tracker::mapping::Outcome;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{mapping, outcomes, told};

/// A form: its mapping, and a file of one record. All of them write the time by the second: some have nothing finer.
struct Form {
    name: &'static str,
    yaml: &'static str,
    written: fn(&Map<String, Value>) -> String,
    /// Whether the form can carry what is nested, and lists.
    carries_all: bool,
}

const FORMS: [Form; 8] = [
    Form {
        name: "native",
        yaml: "input: json\nevents: [{type: /type, same: /.}]",
        written: |record| json!(record).to_string(),
        carries_all: true,
    },
    Form {
        name: "pretty, in an array, seconds in quotes",
        yaml: "input: json\nformats: {time: {format: unix_s}}\nevents: [{type: /type, same: /.}]",
        written: |record| {
            let record = with(record, "time", |value| json!((ms(value) / 1000).to_string()));
            serde_json::to_string_pretty(&json!([record])).expect("plain data")
        },
        carries_all: true,
    },
    Form {
        name: "local times, dates as instants",
        yaml: "input: json\nformats: {time: {format: loose, zone: Europe/Berlin}, date: {format: loose}}\nevents: [{type: /type, same: /.}]",
        written: |record| {
            let local = |value: &Value| json!(zoned(value, "Europe/Berlin").strftime("%F %T.000000").to_string());
            json!(dates(&with(record, "time", local), |date| json!(format!("{date}T00:00:00.000")))).to_string()
        },
        carries_all: true,
    },
    Form {
        name: "Snowflake's, in capitals",
        yaml: "input: json\nformats: {time: {format: loose}}\ntexts: {/X: json}\nevents: [{type: /X/type, same: /X}]",
        written: |record| {
            let local = |value: &Value| json!(zoned(value, "Asia/Kolkata").strftime("%F %T.000 %z").to_string());
            json!({"X": json!(with(record, "time", local)).to_string()}).to_string()
        },
        carries_all: true,
    },
    Form {
        name: "Connect, with its schema",
        yaml: "input: connect\nformats: {time: {format: unix_ms}, date: {format: days}, decimal: {scale: 3}}\nevents: [{type: /type, same: /.}]",
        written: |record| json!({"schema": {"type": "struct"}, "payload": connect(record)}).to_string(),
        carries_all: true,
    },
    Form {
        name: "Debezium, microseconds",
        yaml: "input: debezium\nformats: {time: {format: unix_us}, date: {format: days}, decimal: {scale: 3}}\nevents: [{when: {/../op: [c, u]}, type: /type, same: /.}]",
        written: |record| {
            let row = with(&connect(record), "time", |value| json!(ms(value) * 1000));
            json!({"before": null, "after": row, "source": {"connector": "x"}, "op": "u", "ts_ms": 1}).to_string()
        },
        carries_all: true,
    },
    Form {
        name: "elements in Base64",
        yaml: "input: json\neach: /batch\ntexts: {/b: base64_json}\nevents: [{type: /b/type, same: /b}]",
        written: |record| json!({"batch": [{"b": STANDARD.encode(json!(record).to_string())}]}).to_string(),
        carries_all: true,
    },
    Form {
        name: "CSV",
        yaml: "input: csv\nevents: [{type: /type, same: /.}]",
        written: |record| {
            let (mut names, mut values) = (csv::Writer::from_writer(Vec::new()), Vec::new());
            names.write_record(record.keys()).expect("memory takes it");
            values.extend(record.iter().map(|(name, value)| match value {
                // Such a text is no number, which a time may be as well.
                _ if name == "time" => zoned(value, "UTC").timestamp().to_string(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            }));
            names.write_record(&values).expect("memory takes it");
            String::from_utf8(names.into_inner().expect("memory takes it")).expect("UTF-8")
        },
        carries_all: false,
    },
];

fn ms(value: &Value) -> i64 {
    value.as_i64().expect("milliseconds")
}

fn zoned(value: &Value, zone: &str) -> jiff::ZonedDateTime {
    Timestamp::from_millisecond(ms(value)).expect("in range").to_zoned_datetime(TimeZone::get(zone).expect("a zone"))
}

fn with(record: &Map<String, Value>, field: &str, change: impl Fn(&Value) -> Value) -> Map<String, Value> {
    let changed = |(name, value): (&String, &Value)| (name.clone(), if name == field { change(value) } else { value.clone() });
    record.iter().map(changed).collect()
}

/// With what is a date changed, on the first level and the second.
fn dates(record: &Map<String, Value>, change: impl Fn(&str) -> Value + Copy) -> Map<String, Value> {
    let changed = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::String(text) if ["starts", "ends", "created", "left", "closed"].contains(&name.as_str()) => change(text),
            other => other.clone(),
        };
        (name.clone(), value)
    };
    record.iter().map(changed).collect()
}

/// Dates are days, and decimals the bytes of so many thousandths.
fn connect(record: &Map<String, Value>) -> Map<String, Value> {
    let days = |date: &str| {
        json!(
            date.parse::<jiff::civil::Date>()
                .expect("a date")
                .since((jiff::Unit::Day, jiff::civil::date(1970, 1, 1)))
                .expect("days")
                .get_days()
        )
    };
    let decimal = |value: &Value| {
        let thousandths = (value.as_f64().expect("a number") * 1000.0).round() as i64;
        json!(STANDARD.encode(thousandths.to_be_bytes()))
    };
    let record = dates(record, days);
    with(&with(&with(&record, "arr", decimal), "amount", decimal), "value", decimal)
}

fn decoded(json: &str, look: impl FnOnce(&Event<'_>)) {
    let limits = Limits { check_key: false, ..Limits::default() };
    match decode(None, json.as_bytes(), Vec::new, &limits) {
        Ok(event) => look(&event),
        Err(reject) => panic!("{json}: {reject}"),
    }
}

fn name() -> impl Strategy<Value = String> {
    // Not one that a table would take for a number or an empty cell.
    "[a-zA-Zé\"\\\\/,; ~]{0,6}[a-z]"
}

fn amount() -> impl Strategy<Value = f64> {
    (-1_000_000_i64..1_000_000_000).prop_map(|thousandths| thousandths as f64 / 1000.0)
}

fn date() -> impl Strategy<Value = String> {
    (2001_i16..2100, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| jiff::civil::date(year, month, day).to_string())
}

fn flat() -> impl Strategy<Value = Value> {
    let usage = (name(), proptest::option::of(name()), proptest::option::of(name()), 1..=1_000_000_000_u32);
    let usage = usage.prop_map(|(product, user, feature, quantity)| {
        json!({"type": "usage", "product": product, "user": user, "feature": feature, "quantity": quantity})
    });
    let gauge = (name(), name(), amount());
    let gauge = gauge.prop_map(|(product, name, value)| json!({"type": "gauge", "product": product, "name": name, "value": value}));
    let entitlement = (name(), 0..=9_u32, amount(), date()).prop_map(|(product, seats, arr, ends)| {
        json!({"type": "entitlement", "product": product, "status": "trialing", "seats": seats, "arr": arr, "ends": ends})
    });
    let user = (name(), any::<bool>(), date()).prop_map(
        |(user, internal, created)| json!({"type": "user", "user": user, "internal": internal, "created": created, "level": "manager"}),
    );
    let nps = (name(), 0..=10_u32, name());
    let nps = nps.prop_map(|(user, score, comment)| json!({"type": "nps", "user": user, "score": score, "comment": comment}));
    prop_oneof![usage, gauge, entitlement, user, nps]
}

fn nested() -> impl Strategy<Value = Value> {
    let entitlement = (name(), proptest::collection::vec(name(), 0..3))
        .prop_map(|(product, addons)| json!({"type": "entitlement", "product": product, "status": "active", "addons": addons}));
    let account = (name(), date(), name()).prop_map(|(industry, closed, id)| {
        json!({
            "type": "account", "industry": industry, "closed": closed, "ids": {"crm": id}, "health": {"service": 50},
            "clear": ["owner"],
        })
    });
    let workflow = name().prop_map(|name| json!({"type": "workflow", "name": name, "products": ["p", "q", "r"]}));
    prop_oneof![entitlement, account, workflow]
}

fn common() -> impl Strategy<Value = (i64, String, Option<String>)> {
    (1_000_000_000_i64..4_000_000_000, name(), proptest::option::of(name()))
}

proptest! {
    #[test]
    fn a_record_comes_back(record in prop_oneof![flat(), nested()], (seconds, account, id) in common()) {
        let mut native = record.as_object().expect("an object").clone();
        native.insert("time".to_owned(), json!(seconds * 1000));
        native.insert("account".to_owned(), json!(account));
        native.insert("id".to_owned(), json!(id));
        native.retain(|_, value| !value.is_null());
        let is_nested = native.values().any(|value| value.is_array() || value.is_object());
        for form in FORMS.iter().filter(|form| form.carries_all || !is_nested) {
            // A clock that is put back shows this hour twice.
            if form.name.starts_with("local") && is_ambiguous(seconds) {
                continue;
            }
            let written = (form.written)(&native);
            let found = outcomes(mapping(&format!("version: 1\nname: m\n{}\n", form.yaml)), written.as_bytes());
            let [(_, Outcome::Native(back))] = &found[..] else {
                let found: Vec<String> = found.iter().map(|(_, outcome)| told(outcome)).collect();
                panic!("{}: {written}\n{found:?}", form.name);
            };
            decoded(&json!(native).to_string(), |expected| {
                decoded(&back.json, |event| assert_eq!(event, expected, "{}: {written}", form.name));
            });
            prop_assert_eq!((&*back.account, back.time_ms), (&*account, seconds * 1000));
        }
    }
}

fn is_ambiguous(seconds: i64) -> bool {
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    let local = Timestamp::from_second(seconds).expect("in range").to_zoned_datetime(zone.clone()).datetime();
    zone.to_ambiguous_timestamp(local).is_ambiguous()
}
