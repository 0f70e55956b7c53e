//! Addresses of pages. All that a page shows is in its address, so that it can be kept and handed on.

use std::fmt::Write as _;

/// A text as it may stand in a path or a query.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The page of an account, or with `part` one below it.
pub fn account(id: &str, part: &str) -> String {
    let between = if part.is_empty() { "" } else { "/" };
    format!("/accounts/{}{between}{part}", encoded(id))
}

/// A path, and what is asked of it: parameters that are empty are left out.
#[derive(Clone, Debug)]
pub struct Link {
    path: String,
    query: Vec<(&'static str, String)>,
}

impl Link {
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), query: Vec::new() }
    }

    /// With a parameter in place of what it was before.
    pub fn with(&self, name: &'static str, value: impl Into<String>) -> Self {
        let mut link = self.clone();
        let value = value.into();
        match link.query.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => link.query.push((name, value)),
        }
        link
    }

    pub fn without(&self, name: &'static str) -> Self {
        self.with(name, "")
    }

    /// What a parameter is now.
    pub fn value(&self, name: &str) -> String {
        self.query.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    pub fn text(&self) -> String {
        let mut out = self.path.clone();
        let told = self.query.iter().filter(|(_, value)| !value.is_empty());
        for ((name, value), between) in told.zip(std::iter::once('?').chain(std::iter::repeat('&'))) {
            let _ = write!(out, "{between}{name}={}", encoded(value));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_its_place() {
        assert_eq!(account("a/b?c#d", "users"), "/accounts/a%2Fb%3Fc%23d/users");
        assert_eq!(account("Ä \"x\"", ""), "/accounts/%C3%84%20%22x%22");
        let link = Link::new("/accounts").with("q", "a&b=c").with("filter", "").with("order_by", "health desc");
        assert_eq!(link.text(), "/accounts?q=a%26b%3Dc&order_by=health%20desc");
        assert_eq!(link.with("q", "x").without("order_by").text(), "/accounts?q=x");
    }
}
