//! Open alerts and plays of many accounts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::account::IncidentView;
use super::date::Date;
use super::incident_views;
use crate::engine::{Account, AccountIndex, Engine};
use crate::playbook::RuleKind;

/// An open alert or play, and whose account it is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IncidentRow {
    pub account: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(flatten)]
    pub incident: IncidentView,
}

/// Which ones.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct WantedIncidents {
    pub kind: Option<RuleKind>,
    pub rule: Option<String>,
    pub product: Option<String>,
    /// Of the account.
    pub owner: Option<String>,
    pub overdue: Option<bool>,
    /// Of these accounts alone.
    #[serde(default)]
    pub accounts: Option<Vec<String>>,
    /// Behind this account and incident.
    pub after: Option<(String, String)>,
    pub page_size: usize,
}

/// Which ones, the worst first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct WorstFirst {
    /// Its `after` is not looked at.
    pub filter: WantedIncidents,
    /// Only of this account.
    pub account: Option<String>,
    pub behind: Option<Rank>,
}

/// Where an incident stands among all, the worst first: what is overdue, then by severity, by the day on which it is due, and by when it was opened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rank {
    is_not_overdue: bool,
    severity: u8,
    /// What is not due comes last.
    is_not_due: bool,
    due: Option<Date>,
    opened_at: String,
    account: String,
    incident: String,
}

/// The first of them, in their order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct IncidentPage {
    pub rows: Vec<IncidentRow>,
    /// All of them, on whichever page.
    pub total: u64,
    /// Those behind `after`.
    pub left: u64,
}

impl WantedIncidents {
    /// Those of an engine's accounts, as far as they may be seen.
    pub fn page(&self, engine: &Engine, may_see: impl Fn(Option<&str>) -> bool) -> IncidentPage {
        let mut page = IncidentPage::default();
        let is_meant = |account: &&(u32, &Account)| {
            let owner = owner(account.1);
            may_see(owner)
                && self.is_of(account.1)
                && self.owner.as_deref().is_none_or(|wanted| owner == Some(wanted))
                && self.may_have(engine, account.1)
        };
        let mut accounts: Vec<(u32, &Account)> = engine.accounts().numbered().collect();
        accounts.retain(|account| is_meant(&account));
        accounts.sort_unstable_by(|(_, a), (_, b)| a.id.cmp(&b.id));
        for (index, account) in accounts {
            let mut incidents = incident_views(engine, index);
            incidents.retain(|incident| self.is_wanted(incident));
            incidents.sort_by(|a, b| a.incident.cmp(&b.incident));
            page.total += incidents.len() as u64;
            for incident in incidents {
                let after = self.after.as_ref().map(|(account, incident)| (account.as_str(), incident.as_str()));
                if after.is_some_and(|after| (account.id.as_str(), incident.incident.as_str()) <= after) {
                    continue;
                }
                page.left += 1;
                if page.rows.len() < self.page_size {
                    let name = account.profile.as_ref().and_then(|profile| profile.name.clone());
                    let owner = owner(account).map(str::to_owned);
                    page.rows.push(IncidentRow { account: account.id.as_str().to_owned(), name, owner, incident });
                }
            }
        }
        page
    }

    /// The rows of an account.
    fn rows(&self, engine: &Engine, index: AccountIndex) -> Vec<IncidentRow> {
        let account = &engine.accounts()[index as usize];
        let mut incidents = incident_views(engine, index);
        incidents.retain(|incident| self.is_wanted(incident));
        let row = |incident| IncidentRow {
            account: account.id.as_str().to_owned(),
            name: account.profile.as_ref().and_then(|profile| profile.name.clone()),
            owner: owner(account).map(str::to_owned),
            incident,
        };
        incidents.into_iter().map(row).collect()
    }

    fn is_of(&self, account: &Account) -> bool {
        self.accounts.as_ref().is_none_or(|accounts| accounts.iter().any(|wanted| account.id.as_str() == wanted))
    }

    /// Whether any open incident of an account may be one, told without a look at what it reads.
    fn may_have(&self, engine: &Engine, account: &Account) -> bool {
        account.open_incidents().any(|(key, _)| {
            let head = &engine.rule_of(key).head;
            self.rule.as_deref().is_none_or(|rule| head.id == rule) && self.kind.is_none_or(|kind| head.kind == kind)
        })
    }

    fn is_wanted(&self, incident: &IncidentView) -> bool {
        self.kind.is_none_or(|kind| incident.kind == kind)
            && self.rule.as_deref().is_none_or(|rule| incident.rule == rule)
            && self.product.as_deref().is_none_or(|product| incident.product.as_deref() == Some(product))
            && self.overdue.is_none_or(|overdue| incident.overdue == overdue)
    }
}

impl IncidentRow {
    pub fn rank(&self) -> Rank {
        let incident = &self.incident;
        // Severities are the playbook's words: those that are common have an order, and others stand in the middle.
        let severity = match incident.severity.as_str() {
            "critical" => 0,
            "high" | "error" => 1,
            "warning" => 2,
            "info" | "low" => 4,
            _ => 3,
        };
        Rank {
            is_not_overdue: !incident.overdue,
            severity,
            is_not_due: incident.due.is_none(),
            due: incident.due,
            opened_at: incident.opened_at.clone(),
            account: self.account.clone(),
            incident: incident.incident.clone(),
        }
    }
}

impl WorstFirst {
    /// Those of an engine's accounts, as far as they may be seen.
    pub fn page(&self, engine: &Engine, may_see: impl Fn(Option<&str>) -> bool) -> IncidentPage {
        let (filter, mut page) = (&self.filter, IncidentPage::default());
        for (index, account) in engine.accounts().numbered() {
            let owner = owner(account);
            let is_meant = self.account.as_deref().is_none_or(|wanted| account.id.as_str() == wanted)
                && filter.owner.as_deref().is_none_or(|wanted| owner == Some(wanted));
            if !is_meant || !may_see(owner) || !filter.may_have(engine, account) {
                continue;
            }
            let mut rows = filter.rows(engine, index);
            page.total += rows.len() as u64;
            rows.retain(|row| self.behind.as_ref().is_none_or(|behind| row.rank() > *behind));
            page.left += rows.len() as u64;
            page.rows.append(&mut rows);
            // No more are kept than twice a page.
            if page.rows.len() > 2 * filter.page_size {
                page = page.worst(filter.page_size);
            }
        }
        page.worst(filter.page_size)
    }
}

impl IncidentPage {
    /// The worst of them.
    fn worst(mut self, page_size: usize) -> Self {
        self.rows.sort_by_cached_key(IncidentRow::rank);
        self.rows.truncate(page_size);
        self
    }

    /// One of several that have nothing in common, the worst first.
    pub fn merged_worst_first(pages: impl IntoIterator<Item = Self>, page_size: usize) -> Self {
        let mut merged = Self::default();
        for page in pages {
            merged.rows.extend(page.rows);
            merged.total += page.total;
            merged.left += page.left;
        }
        merged.worst(page_size)
    }

    /// One of several that have nothing in common.
    pub fn merged(pages: impl IntoIterator<Item = Self>, page_size: usize) -> Self {
        let mut merged = Self::default();
        for page in pages {
            merged.rows.extend(page.rows);
            merged.total += page.total;
            merged.left += page.left;
        }
        merged.rows.sort_by(|a, b| (&a.account, &a.incident.incident).cmp(&(&b.account, &b.incident.incident)));
        merged.rows.truncate(page_size);
        merged
    }

    /// Behind which the next page begins; `None`: this is the last.
    pub fn next(&self) -> Option<(&str, &str)> {
        let last = self.rows.last().filter(|_| self.left > self.rows.len() as u64)?;
        Some((&last.account, &last.incident.incident))
    }
}

fn owner(account: &Account) -> Option<&str> {
    account.profile.as_ref().and_then(|profile| profile.owner.as_deref())
}
