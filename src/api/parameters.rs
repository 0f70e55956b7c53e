//! Parameters of path and query, read by the schema of the struct that they become: one place says what there is, what it may be, and
//! what the document tells of it.

use axum::extract::Query;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::problem::{Problem, Result, nearest};

/// The schema of a struct of parameters, without references. Each of its fields is a text, a whole number, true or false, or a list of
/// texts, separated by commas.
pub fn schema<P: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<P>()
}

/// Each parameter with its schema, and whether it must be there.
pub fn listed(schema: &Schema) -> Vec<(&str, &Value, bool)> {
    let required =
        |name: &str| schema.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|known| known == name));
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().map(|(name, of)| (name.as_str(), of, required(name))).collect()
}

/// # Errors
///
/// `bad-request`: a parameter that there is not, that stands twice, that has not the form of its kind or is out of its bounds, or that is
/// missing.
pub fn read<P: DeserializeOwned>(schema: &Schema, path: &[(String, String)], query: &[(String, String)]) -> Result<P> {
    let known = listed(schema);
    let mut values = Map::new();
    for (name, text) in path.iter().chain(query) {
        let Some((_, of, _)) = known.iter().find(|(known, ..)| known == name) else { return Err(unknown(name, &known, path)) };
        if values.contains_key(name) {
            return Err(Problem::bad_request(format!("the parameter {name} stands twice; expected once")).at(name));
        }
        values.insert(name.clone(), value(name, of, text)?);
    }
    if let Some((name, ..)) = known.iter().find(|(name, _, required)| *required && !values.contains_key(*name)) {
        return Err(Problem::bad_request(format!("the parameter {name} is missing")).at(*name));
    }
    serde_json::from_value(Value::Object(values)).map_err(|error| Problem::bad_request(format!("the parameters cannot be read: {error}")))
}

/// The fields of a form, as a browser sends them: `application/x-www-form-urlencoded`, which is how a query is written.
pub fn of_form(body: &[u8]) -> Result<Vec<(String, String)>> {
    let bad = |what: &dyn std::fmt::Display| Problem::bad_request(format!("the form cannot be read: {what}"));
    let text = std::str::from_utf8(body).map_err(|error| bad(&error))?;
    let uri = format!("/?{text}").parse().map_err(|error| bad(&error))?;
    Query::<Vec<(String, String)>>::try_from_uri(&uri).map(|query| query.0).map_err(|error| bad(&error))
}

fn unknown(name: &str, known: &[(&str, &Value, bool)], path: &[(String, String)]) -> Problem {
    let names: Vec<&str> = known.iter().map(|(name, ..)| *name).filter(|name| !path.iter().any(|(of_path, _)| of_path == name)).collect();
    let has = if names.is_empty() { "this path has none".to_owned() } else { format!("there are {}", names.join(", ")) };
    let shown: String = name.chars().take(64).collect();
    Problem::bad_request(format!("{shown:?} is not a parameter; {has}")).at(shown).near(nearest(name, names))
}

fn value(name: &str, of: &Value, text: &str) -> Result<Value> {
    // An optional field has the type ["string", "null"].
    let kind = of["type"].as_str().or_else(|| of["type"][0].as_str());
    let shown: String = text.chars().take(64).collect();
    let expected = |what: String| Problem::bad_request(format!("{name}: expected {what}, found {shown:?}")).at(name);
    let choices = choices(of);
    match kind {
        Some("integer") => {
            let (min, max) = (of["minimum"].as_i64().unwrap_or(0), of["maximum"].as_i64().unwrap_or(i64::MAX));
            let number = text.parse::<i64>().ok().filter(|number| (min..=max).contains(number));
            let bounds =
                if max == i64::MAX { format!("a whole number of at least {min}") } else { format!("a whole number from {min} to {max}") };
            number.map(Value::from).ok_or_else(|| expected(bounds))
        }
        Some("boolean") => text.parse::<bool>().map(Value::from).map_err(|_| expected("true or false".to_owned())),
        Some("array") => Ok(text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect()),
        _ if !choices.is_empty() && !choices.contains(&text) => {
            Err(expected(format!("one of {}", choices.join(", "))).near(nearest(text, choices.iter().copied())))
        }
        _ => {
            let (min, max) = (of["minLength"].as_u64().unwrap_or(0), of["maxLength"].as_u64().unwrap_or(u64::MAX));
            if (min..=max).contains(&(text.chars().count() as u64)) {
                return Ok(Value::from(text));
            }
            Err(expected(format!("{min} to {max} characters")))
        }
    }
}

/// The words of an enum: in a list, or each with a sentence; also where it is optional.
fn choices(of: &Value) -> Vec<&str> {
    let words = of["enum"].as_array().into_iter().flatten().chain(of.get("const")).filter_map(Value::as_str);
    let variants = ["anyOf", "oneOf"].into_iter().filter_map(|key| of[key].as_array()).flatten();
    words.chain(variants.flat_map(choices)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Example {
        #[schemars(length(min = 1, max = 4))]
        account: String,
        #[schemars(range(min = 1, max = 500))]
        page_size: Option<u32>,
        fields: Option<Vec<String>>,
        complete: Option<bool>,
        by: Option<By>,
    }

    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    enum By {
        /// Each product.
        Product,
        /// Each gauge.
        Gauge,
    }

    fn read(query: &str) -> std::result::Result<Example, String> {
        let pairs = |text: &str| {
            let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
            text.split('&').filter_map(pair).collect::<Vec<_>>()
        };
        super::read(&schema::<Example>(), &pairs("account=a/b"), &pairs(query)).map_err(|problem| {
            format!("{} [{}] {}", problem.detail, problem.position.unwrap_or_default(), problem.nearest.unwrap_or_default())
        })
    }

    #[test]
    fn texts_become_what_the_fields_are() {
        let example = Example { account: "a/b".to_owned(), page_size: None, fields: None, complete: None, by: None };
        assert_eq!(read(""), Ok(Example { ..example }));
        let all = Example {
            account: "a/b".to_owned(),
            page_size: Some(500),
            fields: Some(vec!["stage".to_owned(), "arr".to_owned()]),
            complete: Some(true),
            by: Some(By::Gauge),
        };
        assert_eq!(read("page_size=500&fields=stage, arr&complete=true&by=gauge"), Ok(all));
    }

    #[test]
    fn what_is_wrong_is_told_with_place_and_remedy() {
        let table = [
            ("page_size=501", "page_size: expected a whole number from 1 to 500, found \"501\" [page_size] "),
            ("page_size=0", "page_size: expected a whole number from 1 to 500, found \"0\" [page_size] "),
            ("page_size=-1", "page_size: expected a whole number from 1 to 500, found \"-1\" [page_size] "),
            ("page_size=x", "page_size: expected a whole number from 1 to 500, found \"x\" [page_size] "),
            ("by=gage", "by: expected one of product, gauge, found \"gage\" [by] gauge"),
            ("complete=yes", "complete: expected true or false, found \"yes\" [complete] "),
            ("page_size=1&page_size=2", "the parameter page_size stands twice; expected once [page_size] "),
            ("pagesize=1", "\"pagesize\" is not a parameter; there are page_size, fields, complete, by [pagesize] page_size"),
            ("x=1", "\"x\" is not a parameter; there are page_size, fields, complete, by [x] "),
        ];
        for (query, told) in table {
            assert_eq!(read(query), Err(told.to_owned()), "{query}");
        }
        let long = super::read::<Example>(&schema::<Example>(), &[("account".to_owned(), "äöüßa".to_owned())], &[]);
        assert_eq!(long.expect_err("five of them").detail, "account: expected 1 to 4 characters, found \"äöüßa\"");
        let none = super::read::<Example>(&schema::<Example>(), &[], &[]).expect_err("the account is missing");
        assert_eq!(none.detail, "the parameter account is missing");
    }
}
