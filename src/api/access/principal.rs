//! Who asks, what they may do, and which accounts they may see.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::SCOPES;

/// What a principal may be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// To ask for accounts that are the principal's or nobody's, and for figures of the whole fleet.
    Read,
    /// To see every account.
    All,
    /// To report tasks, touchpoints, outcomes and answers.
    Write,
    /// To try another playbook.
    Rules,
    /// To see how the service runs: dead letters.
    Ops,
    /// To erase accounts and users.
    Erase,
}

impl Scope {
    /// In the order of the settings' names.
    pub const ALL: [Self; 6] = [Self::Read, Self::All, Self::Write, Self::Rules, Self::Ops, Self::Erase];

    pub fn name(self) -> &'static str {
        SCOPES[self as usize]
    }

    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    pub fn every() -> Self {
        Scope::ALL.into_iter().collect()
    }

    pub fn has(self, scope: Scope) -> bool {
        self.0 & 1 << scope as u8 != 0
    }

    pub fn listed(self) -> Vec<Scope> {
        Scope::ALL.into_iter().filter(|scope| self.has(*scope)).collect()
    }

    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |set, scope| set | 1 << scope as u8))
    }
}

/// How a principal said who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    Nothing,
    Token,
    Jwt,
    Certificate,
    Peer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    pub name: Arc<str>,
    pub by: By,
    pub scopes: Scopes,
    /// Whose accounts are this principal's: an account's `owner`.
    pub owner: Option<Arc<str>>,
    /// It came in the header `Authorization`, which a browser does not send of itself.
    pub by_bearer: bool,
}

impl Principal {
    /// Where nobody needs to say who they are.
    pub fn anonymous() -> Self {
        Self { name: "anonymous".into(), by: By::Nothing, scopes: Scopes::every(), owner: None, by_bearer: false }
    }

    /// Another process of the group, which asks for somebody whom it names.
    pub fn peer() -> Self {
        Self { name: "peer".into(), by: By::Peer, scopes: Scopes::default(), owner: None, by_bearer: true }
    }

    pub fn without_scopes(name: &str, by: By) -> Self {
        Self { name: name.into(), by, scopes: Scopes::default(), owner: None, by_bearer: false }
    }

    /// What it may see.
    pub fn visible(&self) -> Visible {
        Visible { all: self.scopes.has(Scope::All), owner: self.owner.clone() }
    }
}

/// Which accounts somebody may see: the one place that decides it. Every question takes one along, and what it does not show is not there:
/// neither in lists and totals nor by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visible {
    all: bool,
    owner: Option<Arc<str>>,
}

impl Visible {
    /// Whether what has this owner may be seen: with the scope `all` everything, else what is the principal's own or nobody's.
    pub fn shows(&self, owner: Option<&str>) -> bool {
        self.all || owner.is_none_or(|owner| self.owner.as_deref() == Some(owner))
    }

    /// Whether there is nothing that it does not show.
    pub fn is_all(&self) -> bool {
        self.all
    }

    /// As it goes to another process of the group.
    pub fn new(all: bool, owner: Option<&str>) -> Self {
        Self { all, owner: owner.map(Into::into) }
    }

    pub fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_have_the_names_of_the_settings() {
        assert_eq!(Scope::ALL.map(Scope::name), SCOPES);
        for scope in Scope::ALL {
            assert_eq!(Scope::of(scope.name()), Some(scope));
            assert_eq!(serde_json::to_value(scope).expect("a text"), scope.name());
        }
    }

    #[test]
    fn an_account_is_shown_to_its_owner_and_where_it_has_none() {
        let table = [
            (Visible::new(true, None), [true, true, true]),
            (Visible::new(true, Some("amy")), [true, true, true]),
            (Visible::new(false, Some("amy")), [true, false, true]),
            (Visible::new(false, None), [false, false, true]),
        ];
        for (visible, shown) in table {
            assert_eq!([Some("amy"), Some("ben"), None].map(|owner| visible.shows(owner)), shown, "{visible:?}");
        }
    }
}
