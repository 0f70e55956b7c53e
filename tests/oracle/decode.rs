//! One line into one event, or the class of the reason why not.

use std::collections::BTreeMap;

use super::json::Json;
use super::zone::{Day, Zone, parse_date, parse_instant};

pub type Reason = &'static str;

pub struct Event {
    pub id: Option<String>,
    pub time: i64,
    pub account: String,
    pub body: Body,
}

/// Partial updates: outer `None` unchanged, inner `None` cleared.
pub type Update<T> = Option<Option<T>>;

pub enum Body {
    Usage {
        product: String,
        user: Option<String>,
        feature: Option<String>,
        quantity: i64,
    },
    Gauge {
        product: String,
        name: String,
        value: f64,
    },
    Entitlement {
        product: String,
        term: Option<String>,
        ended: bool,
        trialing: bool,
        plan: Option<String>,
        seats: Option<i64>,
        starts: Option<Day>,
        ends: Option<Day>,
    },
    Account(Box<Profile>),
    User {
        user: String,
        internal: Update<bool>,
        left: Update<Day>,
    },
    Merge {
        user: String,
        into: String,
    },
    Integration {
        from: String,
        to: String,
        connected: bool,
    },
    Workflow {
        name: String,
        products: Vec<String>,
        user: Option<String>,
        quantity: i64,
    },
    Touchpoint,
    /// `nps`, `task`, `outcome`: nothing that a metric reads.
    Other,
}

#[derive(Default)]
pub struct Profile {
    pub employees: Update<i64>,
    pub industry: Update<String>,
    pub region: Update<String>,
    pub owner: Update<String>,
    pub success_role: Update<String>,
    pub zone: Update<Zone>,
    pub onboarded: Update<Day>,
    pub closed: Update<Day>,
    pub contract: Update<Contract>,
}

#[derive(Clone, Copy, Default)]
pub struct Contract {
    pub renewal: Option<Day>,
    pub arr: Option<f64>,
}

const LAST_MS: i64 = 253_402_300_799_999; // 9999-12-31T23:59:59.999Z

type Read<T> = Result<T, Reason>;

fn text(json: &Json, least: usize, most: usize) -> Read<String> {
    match json {
        Json::Text(None) => Err("invalid_utf8"),
        Json::Text(Some(t)) if (least..=most).contains(&t.len()) => Ok(t.clone()),
        Json::Text(_) => Err("out_of_range"),
        _ => Err("wrong_type"),
    }
}

fn name(json: &Json) -> Read<String> {
    text(json, 1, 256)
}

fn prose(json: &Json) -> Read<String> {
    text(json, 0, 4096)
}

fn integer(json: &Json, least: i64, most: i64) -> Read<i64> {
    let Json::Number(text) = json else { return Err("wrong_type") };
    if text.contains(['.', 'e', 'E']) {
        return Err("wrong_type");
    }
    text.parse().ok().filter(|n| (least..=most).contains(n)).ok_or("out_of_range")
}

fn number(json: &Json) -> Read<f64> {
    let Json::Number(text) = json else { return Err("wrong_type") };
    text.parse::<f64>().ok().filter(|n| n.is_finite()).ok_or("out_of_range")
}

fn percentage(json: &Json) -> Read<f64> {
    number(json).and_then(|n| if (0.0..=100.0).contains(&n) { Ok(n) } else { Err("out_of_range") })
}

fn boolean(json: &Json) -> Read<bool> {
    if let Json::Bool(b) = json { Ok(*b) } else { Err("wrong_type") }
}

fn date(json: &Json) -> Read<Day> {
    match parse_date(&prose(json)?) {
        None => Err("wrong_type"),
        Some(None) => Err("out_of_range"),
        Some(Some(day)) => Ok(day),
    }
}

fn instant(json: &Json) -> Read<i64> {
    let ms = match json {
        Json::Number(_) => return integer(json, 0, LAST_MS),
        _ => match parse_instant(&prose(json)?) {
            None => return Err("wrong_type"),
            Some(ms) => ms.ok_or("out_of_range")?,
        },
    };
    if (0..=LAST_MS).contains(&ms) { Ok(ms) } else { Err("out_of_range") }
}

fn one_of(json: &Json, values: &[&str]) -> Read<String> {
    let text = prose(json)?;
    if values.contains(&text.as_str()) { Ok(text) } else { Err("out_of_range") }
}

fn proses(json: &Json) -> Read<Vec<String>> {
    let Json::List(items) = json else { return Err("wrong_type") };
    items.iter().map(prose).collect()
}

/// Names by names. Of a repeated key the last value counts, and it alone is looked at.
fn ids(json: &Json) -> Read<()> {
    let Json::Object(members) = json else { return Err("wrong_type") };
    let mut last = BTreeMap::new();
    for (key, value) in members {
        let key = key.as_ref().ok_or("invalid_utf8")?;
        if key.is_empty() || key.len() > 256 {
            return Err("out_of_range");
        }
        last.insert(key, value);
        if last.len() > 64 {
            return Err("out_of_range");
        }
    }
    last.values().try_for_each(|value| name(value).map(drop))
}

fn zone(json: &Json) -> Read<Zone> {
    Zone::get(&prose(json)?).ok_or("out_of_range")
}

/// Reads the fields of one object.
struct Fields<'a>(&'a Json);

impl Fields<'_> {
    fn need<T>(&self, key: &str, read: impl Fn(&Json) -> Read<T>) -> Read<T> {
        match self.0.get(key) {
            None | Some(Json::Null) => Err("missing_field"),
            Some(value) => read(value),
        }
    }

    fn maybe<T>(&self, key: &str, read: impl Fn(&Json) -> Read<T>) -> Read<Option<T>> {
        Ok(self.update(key, read)?.flatten())
    }

    fn update<T>(&self, key: &str, read: impl Fn(&Json) -> Read<T>) -> Read<Update<T>> {
        match self.0.get(key) {
            None => Ok(None),
            Some(Json::Null) => Ok(Some(None)),
            Some(value) => Ok(Some(Some(read(value)?))),
        }
    }
}

pub fn decode(line: &[u8]) -> Read<Event> {
    let line = std::str::from_utf8(line).map_err(|_| "invalid_utf8")?;
    let json = Json::parse(line).ok_or("bad_json")?;
    if !matches!(json, Json::Object(_)) {
        return Err("not_object");
    }
    let f = Fields(&json);
    let kind = f.need("type", |v| match v {
        Json::Text(Some(t)) => Ok(t.clone()),
        Json::Text(None) => Err("invalid_utf8"),
        _ => Err("wrong_type"),
    })?;
    const KINDS: &[&str] =
        &["usage", "gauge", "entitlement", "account", "user", "integration", "workflow", "touchpoint", "nps", "task", "outcome"];
    if !KINDS.contains(&kind.as_str()) {
        return Err("unknown_type");
    }
    let id = f.maybe("id", name)?;
    let time = f.need("time", instant)?;
    let account = f.need("account", name)?;
    let quantity = |f: &Fields| Ok::<i64, Reason>(f.maybe("quantity", |v| integer(v, 1, 1_000_000_000))?.unwrap_or(1));
    let body = match kind.as_str() {
        "usage" => Body::Usage {
            product: f.need("product", name)?,
            user: f.maybe("user", name)?,
            feature: f.maybe("feature", name)?,
            quantity: quantity(&f)?,
        },
        "gauge" => Body::Gauge { product: f.need("product", name)?, name: f.need("name", name)?, value: f.need("value", number)? },
        "entitlement" => {
            let product = f.need("product", name)?;
            let term = f.maybe("term", name)?;
            let status = f.need("status", |v| one_of(v, &["active", "trialing", "ended"]))?;
            let seats = f.maybe("seats", |v| integer(v, 0, 1_000_000_000))?;
            let plan = f.maybe("plan", prose)?;
            f.maybe("addons", proses)?;
            f.maybe("features", proses)?;
            f.maybe("arr", number)?;
            let (starts, ends) = (f.maybe("starts", date)?, f.maybe("ends", date)?);
            if let (Some(starts), Some(ends)) = (starts, ends)
                && ends < starts
            {
                return Err("out_of_range");
            }
            Body::Entitlement { product, term, ended: status == "ended", trialing: status == "trialing", plan, seats, starts, ends }
        }
        "account" => {
            f.update("name", name)?;
            f.update("use_cases", proses)?;
            f.update("account_executive", prose)?;
            f.update("parent", name)?;
            f.update("ids", ids)?;
            f.update("health", |v| {
                let Json::Object(_) = v else { return Err("wrong_type") };
                for key in ["relationship", "service", "financial"] {
                    Fields(v).maybe(key, percentage)?;
                }
                Ok(())
            })?;
            Body::Account(Box::new(Profile {
                employees: f.update("employees", |v| integer(v, 0, 1_000_000_000))?,
                industry: f.update("industry", prose)?,
                region: f.update("region", prose)?,
                owner: f.update("owner", prose)?,
                success_role: f.update("success_role", prose)?,
                zone: f.update("time_zone", zone)?,
                onboarded: f.update("onboarding_completed", date)?,
                closed: f.update("closed", date)?,
                contract: f.update("contract", |v| {
                    let Json::Object(_) = v else { return Err("wrong_type") };
                    let f = Fields(v);
                    f.maybe("starts", date)?;
                    Ok(Contract { renewal: f.maybe("renewal", date)?, arr: f.maybe("arr", number)? })
                })?,
            }))
        }
        "user" => {
            let user = f.need("user", name)?;
            if let Some(into) = f.maybe("merged_into", name)? {
                if user == into {
                    return Err("out_of_range");
                }
                return Ok(Event { id, time, account, body: Body::Merge { user, into } });
            }
            f.update("name", name)?;
            f.update("email", prose)?;
            f.update("role", prose)?;
            f.update("level", |v| one_of(v, &["ic", "manager", "executive"]))?;
            f.update("department", prose)?;
            f.update("key", boolean)?;
            f.update("created", date)?;
            let left = f.update("left", date)?;
            Body::User { user, internal: f.update("internal", boolean)?, left }
        }
        "integration" => {
            let (from, to) = (f.need("from", name)?, f.need("to", name)?);
            if from == to {
                return Err("out_of_range");
            }
            let connected = f.need("status", |v| one_of(v, &["connected", "disconnected"]))? == "connected";
            Body::Integration { from, to, connected }
        }
        "workflow" => Body::Workflow {
            name: f.need("name", name)?,
            products: f.need("products", |v| {
                let Json::List(items) = v else { return Err("wrong_type") };
                let products = items.iter().map(name).collect::<Read<Vec<_>>>()?;
                let twice = products.iter().enumerate().any(|(i, p)| products[..i].contains(p));
                if products.len() < 2 || twice { Err("out_of_range") } else { Ok(products) }
            })?,
            user: f.maybe("user", name)?,
            quantity: quantity(&f)?,
        },
        "touchpoint" => {
            f.need("kind", |v| one_of(v, &["email", "meeting", "call", "qbr", "training"]))?;
            f.maybe("user", name)?;
            Body::Touchpoint
        }
        "nps" => {
            f.need("user", name)?;
            f.need("score", |v| integer(v, 0, 10))?;
            f.maybe("comment", prose)?;
            Body::Other
        }
        "task" => {
            f.need("incident", name)?;
            f.need("task", name)?;
            f.need("status", |v| one_of(v, &["done", "dismissed"]))?;
            f.maybe("reason", prose)?;
            Body::Other
        }
        _ => {
            f.need("kind", |v| one_of(v, &["mrr", "churn", "renewal"]))?;
            f.maybe("amount", number)?;
            f.maybe("reason", prose)?;
            Body::Other
        }
    };
    Ok(Event { id, time, account, body })
}
