//! The OpenAPI 3.1 document, made from the table of routes.

use std::collections::{BTreeMap, BTreeSet};

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::access::Scope;
use super::parameters;
use super::problem::{Kind, MEDIA, ProblemBody};
use super::route::{Method, Needs, Route};
use super::routes::table;

const DESCRIPTION: &str = "Adoption stages, alerts and plays of accounts, from the committed state of the service.\n\n\
    Answers under `/v1` are `{data, as_of, incomplete}`, lists also with `total` and `next_page_token`. What is missing is absent, never 0. \
    Problems are `application/problem+json` (RFC 9457). `/v1` only grows: clients pass over what they do not know.";

const TAGS: [(&str, &str); 4] = [
    ("Accounts", "Accounts and their users."),
    ("Changes", "What was published, and what is reported back."),
    ("Playbook", "The playbook in force."),
    ("Service", "The service itself."),
];

pub fn document() -> Value {
    let (mut schemas, mut paths, mut named) = (generator(), Map::new(), BTreeSet::new());
    for route in table().iter().filter(|route| route.needs != Needs::Peer) {
        let operation = operation(route, &mut schemas, &mut named);
        let method = match route.method {
            Method::Get => "get",
            Method::Post => "post",
        };
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[method] = operation;
    }
    schemas.subschema_for::<ProblemBody>();
    let components: BTreeMap<String, Value> = schemas.take_definitions(true).into_iter().collect();
    let responses: Map<String, Value> = named.into_iter().map(|kind: Kind| (kind.name().to_owned(), response(kind))).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "adoption-tracker",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "http://127.0.0.1:9596", "description": "`api.listen`, by default"}],
        "security": [{"token": []}, {"certificate": []}, {}],
        "tags": TAGS.map(|(name, description)| json!({"name": name, "description": description})),
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A token of `api.tokens_file`, or a JSON Web Token."},
                "certificate": {"type": "mutualTLS", "description": "A certificate signed by one of `api.client_ca_location`."},
            },
            "responses": responses,
            "schemas": components,
        },
    })
}

/// What is sent, rather than what would be read: a field that is always there is required.
fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    settings.into_generator()
}

/// `named`: the kinds of problems that stand among the components.
fn operation(route: &Route, schemas: &mut SchemaGenerator, named: &mut BTreeSet<Kind>) -> Value {
    let answer = (route.answer.schema)(schemas);
    let mut responses = Map::new();
    let media = std::iter::once(&route.answer.media).chain(route.other_media);
    let content: Map<String, Value> = media.map(|media| ((*media).to_owned(), json!({"schema": answer}))).collect();
    let mut success = json!({"description": route.summary, "content": content});
    if route.is_tagged {
        success["headers"] = json!({"ETag": {"description": "Another one where `data` is another.", "schema": {"type": "string"}}});
        responses.insert("304".to_owned(), json!({"description": "`data` is as it was with this ETag"}));
    }
    responses.insert(route.status.to_string(), success);
    let mut by_status: BTreeMap<u16, Vec<Kind>> = BTreeMap::new();
    route.problems().into_iter().for_each(|kind| by_status.entry(kind.status().as_u16()).or_default().push(kind));
    for (status, kinds) in by_status {
        let response = match kinds.as_slice() {
            [kind] => {
                named.insert(*kind);
                json!({"$ref": format!("#/components/responses/{}", kind.name())})
            }
            several => {
                let titles: Vec<String> = several.iter().map(|kind| format!("`{}`: {}", kind.name(), kind.title())).collect();
                json!({"description": titles.join("; "), "content": problem_content()})
            }
        };
        responses.insert(status.to_string(), response);
    }
    let mut parameters: Vec<Value> =
        parameters::listed(&route.parameters).into_iter().map(|(name, of, required)| parameter(route, name, of, required)).collect();
    if route.is_tagged {
        let description = "An ETag: where `data` has not changed since, the answer is 304.";
        parameters.push(json!({"name": "If-None-Match", "in": "header", "description": description, "schema": {"type": "string"}}));
    }
    let mut operation = json!({
        "operationId": route.id,
        "tags": [tag(route.path)],
        "summary": route.summary,
        "description": format!("{}\n\n{}", route.doc, scope(route.needs)).trim(),
        "parameters": parameters,
        "responses": responses,
    });
    if let Some(body) = &route.body {
        let schema = (body.schema)(schemas);
        operation["requestBody"] = json!({"required": true, "content": {body.media: {"schema": schema}}});
    }
    operation
}

fn parameter(route: &Route, name: &str, of: &Value, required: bool) -> Value {
    let is_of_path = route.path.contains(&format!("{{{name}}}"));
    let mut schema = of.clone();
    let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
    if let Some(object) = schema.as_object_mut() {
        object.remove("default");
        // A parameter that is not given is left out: none is null.
        if let Some(kind) = object.get("type").and_then(|kind| kind.get(0)).cloned() {
            object.insert("type".to_owned(), kind);
        }
        if let Some(Value::Array(variants)) = object.get_mut("anyOf") {
            variants.retain(|variant| variant["type"] != "null");
        }
        if let Some(Value::Array(words)) = object.get_mut("enum") {
            words.retain(|word| !word.is_null());
        }
        object.remove("format").filter(|format| format == "date").map(|format| object.insert("format".to_owned(), format));
    }
    let mut parameter = json!({
        "name": name,
        "in": if is_of_path { "path" } else { "query" },
        "required": required || is_of_path,
        "description": description,
        "schema": schema,
    });
    if of["type"] == "array" || of["type"][0] == "array" {
        parameter["style"] = json!("form");
        parameter["explode"] = json!(false);
    }
    parameter
}

fn tag(path: &str) -> &'static str {
    let of = |begins: &[&str]| begins.iter().any(|begin| path.starts_with(begin));
    if of(&["/v1/playbook"]) {
        "Playbook"
    } else if of(&["/v1/changes", "/v1/inputs"]) || path.ends_with("/history") {
        "Changes"
    } else if of(&["/v1/me", "/v1/partitions", "/v1/dead-letters", "/openapi"]) {
        "Service"
    } else {
        "Accounts"
    }
}

fn scope(needs: Needs) -> String {
    match needs {
        Needs::Nothing => "No scope is needed.".to_owned(),
        Needs::Scope(Scope::Read) => {
            "Scope `read`. Without `all` nothing is shown of accounts that have another owner than the principal.".to_owned()
        }
        Needs::Scope(scope) => format!("Scope `{}`.", scope.name()),
        Needs::Peer => String::new(),
    }
}

fn response(kind: Kind) -> Value {
    json!({"description": kind.title(), "content": problem_content()})
}

fn problem_content() -> Value {
    json!({MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}})
}
