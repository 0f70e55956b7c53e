//! docs/reference/sources.md: how a mapping is written, which ship, and what tools really write, read out of `tests/samples`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use adoption_tracker::mapping::{EVENT_KEYS, FORMATS, MAPPING_KEYS, Mapping, Measured, SOURCE_KEYS, native_types};
use serde_json::value::RawValue;

use super::{cell, fences, generated, read};

const INTRODUCTION: &str = "# Sources\n\n\
    <!-- Generated from src/mapping/, deploy/mappings/ and tests/samples/ by `make docs`. Do not edit. -->\n\n\
    The records that people have are seldom [native ones](inputs.md). A mapping says how they become so: a YAML file, checked when it is loaded, each \
    problem with file, line, column and the nearest known name. Several ship, under a name; one of your own is given by its path.\n\n\
    ```sh\n\
    adoption-tracker map --list                                # those that ship\n\
    adoption-tracker map --print segment > mine.yaml           # one to start from\n\
    adoption-tracker check --source mine.yaml                  # is it right, and does the playbook know what it names?\n\
    adoption-tracker map --source mine.yaml export.json.gz     # native lines out, what is left out with its reason on standard error\n\
    adoption-tracker replay --source mine.yaml export.json.gz  # what would have come of it\n\
    ```\n\n\
    With Kafka, `seed` writes such files to the input topic, and `ingest` goes on with a topic: [bringing data in](../ingest.md).\n\n\
    **Nothing is guessed.** What a mapping does not say is an error, which names the place in the record, the field, the value, and what would take it. \
    What it makes has been through the decoder of the service, so that `run` takes it. One bad element of a list leaves the others as they are.\n\n";

const EXAMPLE: &str = "## A mapping\n\n\
    ```yaml\n\
    # A mapping\n\
    version: 1\n\
    name: warehouse\n\
    input: json\n\
    each: /data/items\n\
    events:\n\
    \x20 - when: {/type: [request, job]}\n\
    \x20   type: usage\n\
    \x20   id: {join: [/../id, /n], with: \"/\"}\n\
    \x20   time: {from: /../time, format: loose, zone: Europe/Berlin}\n\
    \x20   account: [/../subject, /account]          # the first that is there\n\
    \x20   product: crm                              # a constant; \"=/x\" is the text /x\n\
    \x20   user: /user\n\
    \x20   feature: {from: /path, map: {/contacts: contact.created, /deals: deal.updated}, else: drop}\n\
    \x20   quantity: {from: /n, default: 1}\n\
    \x20 - when: {/type: {prefix: plan_}}\n\
    \x20   type: entitlement\n\
    \x20   time: {from: /../time, format: loose, zone: Europe/Berlin}\n\
    \x20   account: /../subject\n\
    \x20   product: {from: /plan, table: plans, column: product}\n\
    \x20   status: {from: /state, map: {on: active, trial: trialing}, else: ended}\n\
    \x20   seats: {from: /plan, table: plans, column: seats}\n\
    tables:\n\
    \x20 plans: {columns: [plan, product, seats], rows: [[basic, crm, 5], [plus, crm, 50]]}\n\
    ```\n\n";

const INPUTS: &str = "| `input` | a record is | pointers begin at |\n|---|---|---|\n\
    | `json` | a JSON object, however many lines it has; in files also the elements of one array | the object |\n\
    | `csv` | a row; the first line names the columns | the row: `/seats` is a column, and all values are texts |\n\
    | `connect` | an object, or one in Kafka Connect's `schema` and `payload` | the payload |\n\
    | `debezium` | a change, in `schema` and `payload` or not | the row: `after`, of a deletion `before`. `/..` is the change: `/../op`, `/../source/table`. What is no insert, update or row of a snapshot is taken only by an event whose `when` says something of `/../op` |\n\n";

const VALUES: &str = "## Values\n\n\
    A field of an event is one of:\n\n\
    | written | is |\n|---|---|\n\
    | `/properties/plan` | what the JSON Pointer (RFC 6901) leads to. `null` and an empty text are as if nothing were there |\n\
    | `[/a, /b]` | the first of these that is there; for a field that is a list (`addons`, `products`, `clear`, …), its items |\n\
    | `crm`, `7`, `true` | a constant, of the field's kind. `=/x` is the text `/x`, as `==` is `=` |\n\
    | `{arr: /arr, starts: /from}` | of `contract`, `health` and `ids`, the members |\n\
    | `{from: …}`, `{join: …}` | with more said, see below |\n\n\
    Numbers and booleans may stand in quotes. A text is not made of a number, but for ids and names, which may be whole numbers.\n\n";

#[test]
fn sources_are_documented() {
    let mut text = String::from(INTRODUCTION);
    text.push_str(EXAMPLE);
    let keys = |text: &mut String, keys: &[(&str, &str)]| {
        text.push_str("| key | |\n|---|---|\n");
        for (key, meaning) in keys {
            let _ = writeln!(text, "| `{key}` | {} |", cell(meaning));
        }
        text.push('\n');
    };
    keys(&mut text, &MAPPING_KEYS);
    text.push_str(INPUTS);
    text.push_str("## Events\n\n");
    keys(&mut text, &EVENT_KEYS);
    text.push_str("Beside these, the fields of the type; those in bold have to be said:\n\n| `type` | fields |\n|---|---|\n");
    for native in native_types() {
        let name = |field: &adoption_tracker::mapping::NativeField| {
            if field.is_required { format!("**`{}`**", field.name) } else { format!("`{}`", field.name) }
        };
        let _ = writeln!(text, "| `{}` | {} |", native.word, native.fields.iter().map(name).collect::<Vec<_>>().join(", "));
    }
    text.push('\n');
    text.push_str(VALUES);
    keys(&mut text, &SOURCE_KEYS);
    text.push_str("| `format` | times | dates |\n|---|---|---|\n");
    for (name, time, date) in FORMATS {
        let _ = writeln!(text, "| `{name}` | {} | {} |", cell(time), cell(date));
    }
    text.push_str(
        "\nWithout `format` a time or a date is as a native record has it. An instant becomes a date by its `zone`; without one it has to be the beginning of a \
         day in UTC. What a clock that is put back shows twice is the first of both. Fractions finer than a millisecond are cut off.\n\n",
    );
    shipped(&mut text);
    text.push_str(&written());
    generated("docs/reference/sources.md", &text);
}

fn shipped(text: &mut String) {
    text.push_str(
        "## What ships\n\nFiles of [deploy/mappings](../../deploy/mappings), compiled in; the comment at the beginning of each says what it expects and what \
         to edit. Those that are not measured were made after what the maker publishes, and are tested against records made so.\n\n\
         | name | expects | tested against |\n|---|---|---|\n",
    );
    let mut all: Vec<_> = Mapping::shipped().collect();
    all.sort_by_key(|shipped| shipped.name);
    for shipped in all {
        let measured = match shipped.measured {
            Measured::By(what) => format!("what was written by {what}"),
            Measured::Described(what) => format!("not measured: {what}"),
        };
        let _ = writeln!(text, "| [`{}`](../../{}) | {} | {} |", shipped.name, shipped.file(), cell(&shipped.about()), cell(&measured));
    }
    text.push('\n');
}

/// A tool and version, a sample of its, and where in it stand a time, a whole number, a decimal, a null, a date: line and pointer. An empty one: the
/// sample has none.
struct Tool {
    name: &'static str,
    file: &'static str,
    values: [&'static str; 5],
}

/// Of the table that export tools wrote.
const OF_TABLE: [&str; 5] = ["7/time", "2/seats", "2/arr", "2/user", "2/starts"];

const TOOLS: [Tool; 21] = [
    Tool {
        name: "segment-analytics-python 2.4.0",
        file: "segment-python-track.json",
        values: ["1/timestamp", "1/properties/quantity", "", "1/anonymousId", ""],
    },
    Tool {
        name: "segment-analytics-python 2.4.0, `identify`",
        file: "segment-python-identify.json",
        values: ["1/traits/createdAt", "", "", "1/anonymousId", "1/traits/day"],
    },
    Tool {
        name: "@segment/analytics-node 3.1.0",
        file: "segment-node-track.json",
        values: ["1/timestamp", "1/properties/quantity", "", "", ""],
    },
    Tool {
        name: "rudder-sdk-python 2.1.9",
        file: "rudder-python-track.json",
        values: ["1/timestamp", "1/properties/quantity", "", "1/anonymousId", ""],
    },
    Tool { name: "posthog 7.91.1 for Python", file: "posthog-capture.json", values: ["1/timestamp", "1/properties/quantity", "", "", ""] },
    Tool {
        name: "mixpanel 5.4.1 for Python, `track`",
        file: "mixpanel-track.json",
        values: ["1/properties/time", "1/properties/quantity", "", "", ""],
    },
    Tool {
        name: "the same, given a datetime in UTC as `time`",
        file: "mixpanel-track-datetime.json",
        values: ["1/properties/time", "", "", "", ""],
    },
    Tool {
        name: "amplitude-analytics 1.3.0 for Python",
        file: "amplitude.json",
        values: ["1/time", "1/event_properties/quantity", "", "", ""],
    },
    Tool { name: "snowplow-tracker 1.1.0 for Python", file: "snowplow-truetime.json", values: ["1/ttm", "", "", "", ""] },
    Tool {
        name: "debezium-connector-postgres 3.6.1.Final",
        file: "debezium.json",
        values: ["1/after/time", "1/after/quantity", "1/after/arr", "1/after/user", "1/after/starts"],
    },
    Tool {
        name: "the same, columns `timestamp(6)`, `numeric` without scale",
        file: "debezium.json",
        values: ["1/after/ts", "1/after/seats", "1/after/num", "1/before", "1/after/starts"],
    },
    Tool {
        name: "connect-json 4.3.1, `JsonConverter`",
        file: "connect-json.json",
        values: ["1/time", "1/seats", "1/arr", "1/ends", "1/starts"],
    },
    Tool { name: "duckdb 2.0.1", file: "duckdb.jsonl", values: OF_TABLE },
    Tool { name: "pandas 3.1.1", file: "pandas.jsonl", values: OF_TABLE },
    Tool { name: "pandas 2.3.3", file: "pandas-2.jsonl", values: OF_TABLE },
    Tool { name: "pandas 3.1.1, `date_format=\"iso\"`", file: "pandas-iso.jsonl", values: OF_TABLE },
    Tool { name: "polars 2.1.0", file: "polars.jsonl", values: OF_TABLE },
    Tool { name: "chdb 4.4.0 (ClickHouse 26.9.2.1)", file: "clickhouse.jsonl", values: OF_TABLE },
    Tool { name: "the same, `date_time_output_format='iso'`", file: "clickhouse-iso.jsonl", values: OF_TABLE },
    Tool { name: "PostgreSQL 15.18, `row_to_json`", file: "postgres.jsonl", values: OF_TABLE },
    Tool { name: "pyspark 4.3.0", file: "pyspark.jsonl", values: ["7/time", "2/seats", "2/arr", "", "2/starts"] },
];

const SQLITE: Tool = Tool { name: "SQLite 3.40.1, `json_object`", file: "sqlite.jsonl", values: OF_TABLE };

/// The value as it is written, to the byte.
fn written_at(file: &str, place: &str) -> String {
    if place.is_empty() {
        return "–".to_owned();
    }
    let text = read(&format!("tests/samples/{file}"));
    let (line, pointer) = place.split_once('/').unwrap_or_else(|| panic!("{place}"));
    let line: usize = line.parse().expect("a line");
    let line = text.lines().nth(line - 1).unwrap_or_else(|| panic!("{file} has no line {line}"));
    let mut value: Box<RawValue> = serde_json::from_str(line).expect("JSON");
    for key in pointer.split('/') {
        let mut members: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(value.get()).unwrap_or_else(|error| panic!("{file} {place}: {error}"));
        value = members.remove(key).unwrap_or_else(|| panic!("{file} {place}: there is none"));
    }
    format!("`{}`", cell(value.get()))
}

fn written() -> String {
    let mut text = String::from(
        "## What tools really write\n\n\
         Read out of [tests/samples](../../tests/samples), where the calls are; what a tool has none of there is –. BigQuery, Snowflake, Delighted, OpenMeter, \
         Salesforce and Stripe were not measured.\n\n\
         | tool | a time | a whole number | a decimal | a null | a date |\n|---|---|---|---|---|---|\n",
    );
    for Tool { name, file, values } in TOOLS.iter().chain([&SQLITE]) {
        let cells: Vec<String> = values.iter().map(|place| written_at(file, place)).collect();
        let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
    }
    text.push_str(NOTICED);
    text
}

const NOTICED: &str = "\nWhat may surprise in it:\n\n\
    - DuckDB writes `+00`, and of a fraction no more digits than it has. ClickHouse and SQLite write no offset at all.\n\
    - pandas makes `10.0` of a whole number in a column with a missing one; a `Decimal` is a number in 2.3.3 and a text in 3.1.1. A text is also what Polars makes of one.\n\
    - mixpanel drops the offset of a datetime, so that one in UTC cannot be told from a local one; without `time` it writes seconds with a fraction.\n\
    - Snowplow writes milliseconds as a text, and the event's own data as JSON in Base64.\n\
    - Kafka Connect and Debezium write a decimal as the bytes of a whole number in Base64, whose scale stands in the schema alone, if that is sent; a `numeric` \
    without scale is an object that brings it along.\n\
    - PySpark leaves nulls out; the others write them, and a `null` that is mapped is as if it were absent.\n";

#[test]
fn mappings_in_the_documents_load() {
    let mut count = 0;
    for (name, text) in super::documents() {
        for fence in fences(&text, "yaml").into_iter().filter(|fence| fence.starts_with("# A mapping\n")) {
            count += 1;
            if let Err(problems) = Mapping::parse(&name, fence) {
                panic!("{name}: {}\n{fence}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
            }
        }
    }
    assert!(count >= 1, "docs/reference/sources.md shows a mapping");
}
