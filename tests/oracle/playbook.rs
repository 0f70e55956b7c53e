//! The playbook, as far as the oracle needs it.

use super::expr::{Expr, Scope};
use super::zone::{Day, Zone, parse_date};
use saphyr::{LoadableYamlNode, Scalar, Yaml};

pub struct Playbook {
    pub zone: Zone,
    pub window_days: i64,
    pub min_volume: i64,
    pub min_active_days: i64,
    pub calendars: Vec<Calendar>,
    pub hold_days: i64,
    pub grace_days: i64,
    pub highest: bool,
    pub product_ids: Vec<String>,
    pub products: Vec<Product>,
    pub account_stages: Vec<AccountStage>,
    /// Alerts in file order, then plays in file order.
    pub rules: Vec<Rule>,
}

pub struct Product {
    pub id: String,
    /// Other names of it.
    pub aliases: Vec<String>,
    /// Other names of its features, each with the feature's.
    pub feature_aliases: Vec<(String, String)>,
    pub settle_days: i64,
    /// Feature and tier.
    pub features: Vec<(String, Option<String>)>,
    /// What `activated`, `adopted`, `proficient`, `integrated` ask for: all of the list.
    pub conditions: [Vec<Expr>; 4],
}

pub struct Calendar {
    pub name: String,
    /// First and last day of each.
    pub periods: Vec<(Day, Day)>,
}

pub struct AccountStage {
    pub name: String,
    pub from: i64,
    /// `churn_risk`, `priority`, `action`, where given.
    pub notes: Vec<(&'static str, String)>,
}

pub struct Rule {
    pub id: String,
    pub play: bool,
    pub of_product: bool,
    pub open: Expr,
    /// `None`: `!(open)`
    pub clear: Option<Expr>,
    pub severity: String,
    pub for_days: i64,
    pub cooldown_days: i64,
    pub clear_days: i64,
    pub due_days: Option<i64>,
    pub route: String,
    pub group: Option<String>,
}

fn get<'a>(yaml: &'a Yaml<'a>, key: &str) -> Option<&'a Yaml<'a>> {
    yaml.as_mapping()?.iter().find(|(k, _)| text(k).as_deref() == Some(key)).map(|(_, v)| v).filter(|v| !is_null(v))
}

fn is_null(yaml: &Yaml) -> bool {
    matches!(yaml, Yaml::Value(Scalar::Null))
}

fn text(yaml: &Yaml) -> Option<String> {
    match yaml {
        Yaml::Value(Scalar::String(s)) => Some(s.to_string()),
        Yaml::Value(Scalar::Integer(n)) => Some(n.to_string()),
        Yaml::Value(Scalar::Boolean(b)) => Some(b.to_string()),
        _ => None,
    }
}

fn text_at(yaml: &Yaml, key: &str) -> Result<Option<String>, String> {
    get(yaml, key).map(|v| text(v).ok_or_else(|| format!("`{key}` should be a text"))).transpose()
}

fn int_at(yaml: &Yaml, key: &str, default: i64) -> Result<i64, String> {
    match get(yaml, key) {
        None => Ok(default),
        Some(Yaml::Value(Scalar::Integer(n))) => Ok(*n),
        Some(_) => Err(format!("`{key}` should be an integer")),
    }
}

fn members<'a>(yaml: &'a Yaml<'a>, key: &str) -> Result<Vec<(String, &'a Yaml<'a>)>, String> {
    let Some(value) = get(yaml, key) else { return Ok(Vec::new()) };
    let mapping = value.as_mapping().ok_or_else(|| format!("`{key}` should be a mapping"))?;
    mapping.iter().map(|(k, v)| Ok((text(k).ok_or_else(|| format!("a key of `{key}` is no text"))?, v))).collect()
}

fn calendars(root: &Yaml) -> Result<Vec<Calendar>, String> {
    let mut calendars = Vec::new();
    for (name, yaml) in members(root, "calendars")? {
        let mut periods = Vec::new();
        for period in yaml.as_sequence().ok_or("a calendar is a list")? {
            let day = |key: &str| -> Result<Day, String> {
                let text = text_at(period, key)?.ok_or("a period has both ends")?;
                Ok(parse_date(&text).flatten().ok_or("not a date")?)
            };
            periods.push((day("from")?, day("to")?));
        }
        calendars.push(Calendar { name, periods });
    }
    Ok(calendars)
}

fn aliases(yaml: &Yaml) -> Result<Vec<String>, String> {
    let listed = get(yaml, "aliases").map(|v| v.as_sequence().ok_or("`aliases` is a list")).transpose()?;
    listed.into_iter().flatten().map(|alias| text(alias).ok_or_else(|| "an alias is a text".to_string())).collect()
}

impl Playbook {
    /// The product that is called so, or was.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.products.iter().position(|p| p.id == name || p.aliases.iter().any(|alias| alias == name))
    }

    /// What a product is called now.
    pub fn present(&self, product: &str) -> String {
        self.named(product).map_or(product, |p| &self.products[p].id).to_string()
    }

    /// What a feature of a product is called now.
    pub fn present_feature(&self, p: usize, feature: &str) -> String {
        let alias = self.products[p].feature_aliases.iter().find(|(alias, _)| alias == feature);
        alias.map_or(feature, |(_, present)| present).to_string()
    }

    pub fn load(source: &str) -> Result<Playbook, String> {
        let documents = Yaml::load_from_str(source).map_err(|e| e.to_string())?;
        let root = documents.first().ok_or("an empty playbook")?;
        let zone_name = text_at(root, "time_zone")?.unwrap_or_else(|| "UTC".into());
        let zone = Zone::get(&zone_name).ok_or_else(|| format!("no zone `{zone_name}`"))?;
        let window_days = int_at(root, "window_days", 30)?;
        let listed = members(root, "products")?;
        let product_ids: Vec<String> = listed.iter().map(|(id, _)| id.clone()).collect();
        // What may stand before a dot.
        let mut named = product_ids.clone();
        for (_, yaml) in &listed {
            named.extend(aliases(yaml)?);
        }
        let nothing = Yaml::Value(Scalar::Null);
        let stages = get(root, "stages").unwrap_or(&nothing);
        let settle_by_default = int_at(root, "settle_days", 0)?;
        let mut settle_days = settle_by_default;
        for (_, yaml) in &listed {
            settle_days = settle_days.max(int_at(yaml, "settle_days", 0)?);
        }
        let condition = |text: &str, of_product: bool, of_stage: bool| {
            Expr::condition(text, Scope { products: &named, window_days, settle_days, of_product, of_stage })
        };
        let staged = |text: Option<String>, default: &str| {
            let text = text.unwrap_or_else(|| default.to_string());
            condition(&text, true, true)
        };

        let mut products = Vec::new();
        for (id, yaml) in listed {
            let (mut features, mut feature_aliases) = (Vec::new(), Vec::new());
            for (feature, about) in members(yaml, "features")? {
                feature_aliases.extend(aliases(about)?.into_iter().map(|alias| (alias, feature.clone())));
                features.push((feature, text_at(about, "tier")?));
            }
            let own = |key: &str| -> Result<Option<String>, String> { Ok(text_at(yaml, key)?.or(text_at(stages, key)?)) };
            let mut adopted = Vec::new();
            if let Some(text) = text_at(yaml, "adopted")? {
                adopted.push(condition(&text, true, true)?);
            }
            adopted.push(staged(own("regular_use")?, "active_days(7) >= 1")?);
            let conditions = [
                vec![staged(text_at(stages, "activated")?, "active_days >= 1")?],
                adopted,
                vec![staged(own("proficient")?, "features_used(\"advanced\") >= 1")?],
                vec![staged(own("integrated")?, "integrations >= 1 || workflow_runs >= 1")?],
            ];
            let (aliases, settle_days) = (aliases(yaml)?, int_at(yaml, "settle_days", settle_by_default)?);
            products.push(Product { id, aliases, feature_aliases, settle_days, features, conditions });
        }

        let mut account_stages = Vec::new();
        for yaml in get(root, "account_stages").and_then(|v| v.as_sequence()).into_iter().flatten() {
            let mut notes = Vec::new();
            for key in ["churn_risk", "priority", "action"] {
                notes.extend(text_at(yaml, key)?.map(|text| (key, text)));
            }
            let name = text_at(yaml, "name")?.ok_or("an account stage without a name")?;
            account_stages.push(AccountStage { name, from: int_at(yaml, "from", 0)?, notes });
        }
        if account_stages.is_empty() {
            let shipped = [("not_adopted", 0), ("single_product", 1), ("multi_product", 2), ("platform", 3), ("full_platform", 5)];
            account_stages = shipped.iter().map(|s| AccountStage { name: s.0.into(), from: s.1, notes: Vec::new() }).collect();
        }

        let mut rules = Vec::new();
        for (section, play) in [("alerts", false), ("plays", true)] {
            for (id, yaml) in members(root, section)? {
                let of_product = match text_at(yaml, "scope")?.as_deref() {
                    Some("product") => true,
                    Some("account") => false,
                    other => return Err(format!("{id}: scope {other:?}")),
                };
                let open = text_at(yaml, "open")?.ok_or_else(|| format!("{id}: no `open`"))?;
                let clear = text_at(yaml, "clear")?;
                let severity = text_at(yaml, "severity")?;
                rules.push(Rule {
                    id,
                    play,
                    of_product,
                    open: condition(&open, of_product, false)?,
                    clear: clear.map(|text| condition(&text, of_product, false)).transpose()?,
                    severity: severity.unwrap_or_else(|| if play { "info" } else { "warning" }.into()),
                    for_days: int_at(yaml, "for_days", 0)?,
                    cooldown_days: int_at(yaml, "cooldown_days", 0)?,
                    clear_days: int_at(yaml, "clear_days", 0)?,
                    due_days: match get(yaml, "due_days") {
                        None => None,
                        Some(_) => Some(int_at(yaml, "due_days", 0)?),
                    },
                    route: text_at(yaml, "route")?.unwrap_or_else(|| "owner".into()),
                    group: text_at(yaml, "group")?,
                });
            }
        }
        Ok(Playbook {
            zone,
            window_days,
            min_volume: int_at(root, "min_volume", 20)?,
            min_active_days: int_at(root, "min_active_days", 5)?,
            calendars: calendars(root)?,
            hold_days: int_at(stages, "hold_days", 7)?,
            grace_days: int_at(stages, "grace_days", 0)?,
            highest: match text_at(stages, "ladder")?.as_deref() {
                None | Some("cumulative") => false,
                Some("highest") => true,
                Some(other) => return Err(format!("ladder `{other}`")),
            },
            product_ids,
            products,
            account_stages,
            rules,
        })
    }
}
