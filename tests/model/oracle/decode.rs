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

/// Partial updates: outer `None` unchanged, inner `None` cleared by `clear`.
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
        addons: Option<Vec<String>>,
        features: Option<Vec<String>>,
        arr: Option<f64>,
        starts: Option<Day>,
        ends: Option<Day>,
    },
    Account(Box<Profile>),
    User {
        user: String,
        profile: Box<Person>,
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
    Touchpoint {
        kind: String,
        user: Option<String>,
    },
    Nps {
        user: String,
        score: i64,
    },
    Task {
        incident: Option<String>,
        play: Option<String>,
        product: Option<String>,
        user: Option<String>,
        task: String,
        /// `done` or `dismissed`.
        state: String,
        reason: Option<String>,
    },
    Outcome {
        kind: String,
        amount: Option<f64>,
    },
    Erase {
        user: Option<String>,
    },
}

impl Body {
    /// Whom it names, in `user`.
    pub fn user(&self) -> Option<&str> {
        match self {
            Body::Usage { user, .. } | Body::Workflow { user, .. } | Body::Touchpoint { user, .. } | Body::Task { user, .. } => {
                user.as_deref()
            }
            Body::User { user, .. } | Body::Merge { user, .. } | Body::Nps { user, .. } => Some(user),
            _ => None,
        }
    }
}

#[derive(Default)]
pub struct Profile {
    pub name: Update<String>,
    pub use_cases: Update<Vec<String>>,
    pub account_executive: Update<String>,
    pub health: Update<Health>,
    pub employees: Update<i64>,
    pub industry: Update<String>,
    pub region: Update<String>,
    pub owner: Update<String>,
    pub success_role: Update<String>,
    pub zone: Update<Zone>,
    pub parent: Update<String>,
    /// By system.
    pub ids: Update<BTreeMap<String, String>>,
    pub onboarded: Update<Day>,
    pub closed: Update<Day>,
    pub contract: Update<Contract>,
}

#[derive(Default)]
pub struct Person {
    pub name: Update<String>,
    pub email: Update<String>,
    pub role: Update<String>,
    pub level: Update<String>,
    pub department: Update<String>,
    pub key: Update<bool>,
    pub internal: Update<bool>,
    pub created: Update<Day>,
    pub left: Update<Day>,
}

#[derive(Clone, Copy, Default)]
pub struct Health {
    pub relationship: Option<f64>,
    pub service: Option<f64>,
    pub financial: Option<f64>,
}

#[derive(Clone, Copy, Default)]
pub struct Contract {
    pub starts: Option<Day>,
    pub renewal: Option<Day>,
    pub arr: Option<f64>,
}

const FIRST_MS: i64 = 946_684_800_000; // 2000-01-01T00:00:00Z
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

/// An id or a name; a whole number is its digits.
fn name(json: &Json) -> Read<String> {
    match json {
        Json::Number(_) => whole(json, i64::MIN.into(), u64::MAX.into()).map(|number| number.to_string()),
        _ => text(json, 1, 256),
    }
}

fn prose(json: &Json) -> Read<String> {
    text(json, 0, 4096)
}

/// A whole number. With a fraction or an exponent it is the double that is written, which is exact up to 2^53.
fn whole(json: &Json, least: i128, most: i128) -> Read<i128> {
    let Json::Number(text) = json else { return Err("wrong_type") };
    let number = if text.contains(['.', 'e', 'E']) {
        let double: f64 = text.parse().map_err(|_| "wrong_type")?;
        if double.is_finite() && double != double.trunc() {
            return Err("wrong_type");
        }
        let is_exact = (-9_007_199_254_740_992.0..=9_007_199_254_740_992.0).contains(&double);
        is_exact.then_some(double as i128)
    } else {
        text.parse().ok()
    };
    number.filter(|n| (least..=most).contains(n)).ok_or("out_of_range")
}

fn integer(json: &Json, least: i64, most: i64) -> Read<i64> {
    whole(json, least.into(), most.into()).map(|number| number as i64)
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
        Json::Number(_) => return integer(json, FIRST_MS, LAST_MS),
        _ => match parse_instant(&prose(json)?) {
            None => return Err("wrong_type"),
            Some(ms) => ms.ok_or("out_of_range")?,
        },
    };
    if (FIRST_MS..=LAST_MS).contains(&ms) { Ok(ms) } else { Err("out_of_range") }
}

fn one_of(json: &Json, values: &[&str]) -> Read<String> {
    let text = prose(json)?;
    if values.contains(&text.as_str()) { Ok(text) } else { Err("out_of_range") }
}

fn proses(json: &Json) -> Read<Vec<String>> {
    items(json)?.into_iter().map(prose).collect()
}

/// Of a list; what is `null` is not in it.
fn items(json: &Json) -> Read<Vec<&Json>> {
    let Json::List(items) = json else { return Err("wrong_type") };
    Ok(items.iter().filter(|item| **item != Json::Null).collect())
}

/// Names by names. Of a repeated key the last value counts, and it alone is looked at.
fn ids(json: &Json) -> Read<BTreeMap<String, String>> {
    let Json::Object(members) = json else { return Err("wrong_type") };
    let mut last = BTreeMap::new();
    for (key, value) in members {
        let key = key.as_ref().ok_or("invalid_utf8")?;
        if key.is_empty() || key.len() > 256 {
            return Err("out_of_range");
        }
        last.insert(key.clone(), value);
    }
    last.retain(|_, value| **value != Json::Null);
    if last.len() > 64 {
        return Err("out_of_range");
    }
    last.into_iter().map(|(key, value)| Ok((key, name(value)?))).collect()
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

    /// Neither absent nor `null` nor an empty text.
    fn given(&self, key: &str) -> Option<&Json> {
        self.0.get(key).filter(|value| **value != Json::Null && **value != Json::Text(Some(String::new())))
    }

    fn maybe<T>(&self, key: &str, read: impl Fn(&Json) -> Read<T>) -> Read<Option<T>> {
        self.given(key).map(read).transpose()
    }

    /// What the record gives, or what its `clear` names.
    fn update<T>(&self, key: &str, read: impl Fn(&Json) -> Read<T>) -> Read<Update<T>> {
        let is_cleared = match self.given("clear") {
            Some(Json::List(names)) => names.contains(&Json::Text(Some(key.to_string()))),
            _ => false,
        };
        Ok(match self.maybe(key, read)? {
            Some(value) => Some(Some(value)),
            None if is_cleared => Some(None),
            None => None,
        })
    }

    /// Is `clear` a list of some of these names?
    fn check_clear(&self, names: &[&str]) -> Read<()> {
        self.maybe("clear", |list| items(list)?.into_iter().try_for_each(|name| one_of(name, names).map(drop)))?;
        Ok(())
    }
}

const ACCOUNT_FIELDS: &[&str] = &[
    "name",
    "employees",
    "industry",
    "region",
    "use_cases",
    "time_zone",
    "owner",
    "account_executive",
    "success_role",
    "parent",
    "onboarding_completed",
    "closed",
    "ids",
    "contract",
    "health",
];

const USER_FIELDS: &[&str] = &["user", "name", "email", "role", "level", "department", "key", "internal", "created", "left", "merged_into"];

/// The record of a CloudEvent in structured mode, if it is one.
fn payload(json: &Json) -> Read<Option<Json>> {
    let f = Fields(json);
    let (Some(Json::Text(_)), None) = (json.get("specversion"), f.given("account")) else { return Ok(None) };
    if let Some(data @ Json::Object(_)) = json.get("data") {
        return Ok(Some(data.clone()));
    }
    let Some(Json::Text(text)) = f.given("data_base64") else { return Ok(None) };
    if f.0.get("data").is_some_and(|data| *data != Json::Null) {
        return Err("not_object");
    }
    let bytes = text.as_deref().and_then(bytes_of_base64).ok_or("wrong_type")?;
    let text = String::from_utf8(bytes).map_err(|_| "invalid_utf8")?;
    let data = Json::parse(&text).ok_or("bad_json")?;
    if matches!(data, Json::Object(_)) { Ok(Some(data)) } else { Err("not_object") }
}

/// RFC 4648: 64 letters of six bits each, with `=` to fill the last four.
fn bytes_of_base64(text: &str) -> Option<Vec<u8>> {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letters = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    if !text.len().is_multiple_of(4) || letters.len() % 4 == 1 {
        return None;
    }
    let values = letters.chars().map(|letter| LETTERS.find(letter)).collect::<Option<Vec<usize>>>()?;
    let bits: Vec<bool> = values.iter().flat_map(|value| (0..6).rev().map(move |bit| value >> bit & 1 == 1)).collect();
    Some(bits.chunks_exact(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit))).collect())
}

/// The last segment of a CloudEvent's type that is not `v` and digits.
fn last_word(kind: &str) -> &str {
    let is_version = |word: &str| word.len() > 1 && word.starts_with('v') && word[1..].chars().all(|c| c.is_ascii_digit());
    let mut words: Vec<&str> = kind.split('.').collect();
    if words.len() > 1 && is_version(words[words.len() - 1]) {
        words.pop();
    }
    words[words.len() - 1]
}

pub fn decode(line: &[u8]) -> Read<Event> {
    let line = std::str::from_utf8(line).map_err(|_| "invalid_utf8")?;
    let json = Json::parse(line).ok_or("bad_json")?;
    if !matches!(json, Json::Object(_)) {
        return Err("not_object");
    }
    let data = payload(&json)?;
    let (f, around) = (Fields(data.as_ref().unwrap_or(&json)), data.as_ref().map(|_| Fields(&json)));
    let a_kind = |v: &Json| match v {
        Json::Text(Some(t)) => Ok(t.clone()),
        Json::Text(None) => Err("invalid_utf8"),
        _ => Err("wrong_type"),
    };
    // What the data of a CloudEvent gives goes before what stands around it.
    let from_around = |key: &str| around.as_ref().filter(|_| f.given(key).is_none());
    let kind = match from_around("type") {
        Some(around) => around.maybe("type", a_kind)?.map(|kind| last_word(&kind).to_string()).ok_or("missing_field")?,
        None => f.need("type", a_kind)?,
    };
    const KINDS: &[&str] =
        &["usage", "gauge", "entitlement", "account", "user", "integration", "workflow", "touchpoint", "nps", "task", "outcome", "erase"];
    if !KINDS.contains(&kind.as_str()) {
        return Err("unknown_type");
    }
    let id = from_around("id").unwrap_or(&f).maybe("id", name)?;
    let time = match from_around("time") {
        Some(around) => around.maybe("time", instant)?.ok_or("missing_field")?,
        None => f.need("time", instant)?,
    };
    let account = match from_around("account") {
        Some(around) => {
            let subject = around.maybe("subject", prose)?.unwrap_or_default();
            match subject.split('/').next() {
                None | Some("") => return Err("missing_field"),
                Some(account) if account.len() > 256 => return Err("out_of_range"),
                Some(account) => account.to_string(),
            }
        }
        None => f.need("account", name)?,
    };
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
            let (addons, features) = (f.maybe("addons", proses)?, f.maybe("features", proses)?);
            let arr = f.maybe("arr", number)?;
            let (starts, ends) = (f.maybe("starts", date)?, f.maybe("ends", date)?);
            if let (Some(starts), Some(ends)) = (starts, ends)
                && ends < starts
            {
                return Err("out_of_range");
            }
            let (ended, trialing) = (status == "ended", status == "trialing");
            Body::Entitlement { product, term, ended, trialing, plan, seats, addons, features, arr, starts, ends }
        }
        "account" => {
            let (name, use_cases) = (f.update("name", name)?, f.update("use_cases", proses)?);
            let account_executive = f.update("account_executive", prose)?;
            let parent = f.update("parent", self::name)?;
            f.update("closed", date)?;
            f.check_clear(ACCOUNT_FIELDS)?;
            let ids = f.update("ids", ids)?;
            let health = f.update("health", |v| {
                let Json::Object(_) = v else { return Err("wrong_type") };
                let part = |key: &str| Fields(v).maybe(key, percentage);
                Ok(Health { relationship: part("relationship")?, service: part("service")?, financial: part("financial")? })
            })?;
            Body::Account(Box::new(Profile {
                parent,
                ids,
                name,
                use_cases,
                account_executive,
                health,
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
                    Ok(Contract { starts: f.maybe("starts", date)?, renewal: f.maybe("renewal", date)?, arr: f.maybe("arr", number)? })
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
            f.check_clear(USER_FIELDS)?;
            let profile = Person {
                name: f.update("name", name)?,
                email: f.update("email", prose)?,
                role: f.update("role", prose)?,
                level: f.update("level", |v| one_of(v, &["ic", "manager", "executive"]))?,
                department: f.update("department", prose)?,
                key: f.update("key", boolean)?,
                created: f.update("created", date)?,
                left: f.update("left", date)?,
                internal: f.update("internal", boolean)?,
            };
            Body::User { user, profile: Box::new(profile) }
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
                let products = items(v)?.into_iter().map(name).collect::<Read<Vec<_>>>()?;
                let twice = products.iter().enumerate().any(|(i, p)| products[..i].contains(p));
                if products.len() < 2 || twice { Err("out_of_range") } else { Ok(products) }
            })?,
            user: f.maybe("user", name)?,
            quantity: quantity(&f)?,
        },
        "touchpoint" => {
            let kind = f.need("kind", |v| one_of(v, &["email", "meeting", "call", "qbr", "training"]))?;
            Body::Touchpoint { kind, user: f.maybe("user", name)? }
        }
        "nps" => {
            let (user, score) = (f.need("user", name)?, f.need("score", |v| integer(v, 0, 10))?);
            f.maybe("comment", prose)?;
            Body::Nps { user, score }
        }
        "task" => {
            let (incident, play) = (f.maybe("incident", name)?, f.maybe("play", name)?);
            if incident.is_none() && play.is_none() {
                return Err("missing_field");
            }
            Body::Task {
                incident,
                play,
                product: f.maybe("product", name)?,
                user: f.maybe("user", name)?,
                task: f.need("task", name)?,
                state: f.need("status", |v| one_of(v, &["done", "dismissed"]))?,
                reason: f.maybe("reason", prose)?,
            }
        }
        "erase" => {
            if f.0.get("user") == Some(&Json::Text(Some(String::new()))) {
                return Err("out_of_range");
            }
            Body::Erase { user: f.maybe("user", name)? }
        }
        _ => {
            let kind = f.need("kind", |v| one_of(v, &["mrr", "churn", "renewal"]))?;
            let amount = f.maybe("amount", number)?;
            f.maybe("reason", prose)?;
            Body::Outcome { kind, amount }
        }
    };
    Ok(Event { id, time, account, body })
}
