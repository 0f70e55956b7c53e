//! Which `Host` a request may have.
//!
//! A page of another site can have its own name point to this address (DNS rebinding), and its browser then takes it for the same origin.
//! The `Host` that such a request bears is the other site's: so it is compared on loopback too.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;

use super::problem::{Problem, Result};
use crate::config::Api as Settings;

pub struct Hosts {
    /// In lower case, with a port where only that one will do.
    allowed: Vec<String>,
}

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl Hosts {
    pub fn new(settings: &Settings) -> Self {
        let listens = without_port(&settings.listen);
        let advertised = settings.advertised_authority().map(without_port);
        let own = LOOPBACK.into_iter().chain([listens]).chain(advertised).chain(settings.hosts.iter().map(String::as_str));
        Self { allowed: own.map(str::to_ascii_lowercase).collect() }
    }

    /// The host that the request is for.
    ///
    /// # Errors
    ///
    /// `bad-request` where there is none, `forbidden` where it is not ours.
    pub fn check(&self, request: &Parts) -> Result<String> {
        let mut named = request.headers.get_all(HOST).iter();
        // HTTP/2 has it in the request's own line.
        let host = match (named.next(), named.next()) {
            (Some(host), None) => host.to_str().ok(),
            (None, None) => request.uri.authority().map(|authority| authority.as_str()),
            _ => None,
        };
        let host = host.ok_or_else(|| Problem::bad_request("expected one Host"))?.to_ascii_lowercase();
        let is_ours = self.allowed.iter().any(|allowed| *allowed == host || *allowed == without_port(&host));
        if !is_ours {
            return Err(Problem::forbidden("the request's Host is none of this API's: api.hosts lists them"));
        }
        Ok(host)
    }
}

/// `[::1]:80` → `[::1]`.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        // Of an address in brackets, the last colon may stand within them.
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && name.starts_with('[') == name.ends_with(']') => name,
        _ => host,
    }
}

/// Whether a change of state comes from a page of ours, where no token says so: a browser sends certificates, and what a proxy makes of
/// cookies, along with the requests of any page.
///
/// # Errors
///
/// `forbidden`.
pub fn check_same_origin(headers: &HeaderMap, host: &str) -> Result<()> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let is_ours = match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin.split_once("://").is_some_and(|(_, of)| of.eq_ignore_ascii_case(host)),
        (None, None) => false,
    };
    if is_ours {
        return Ok(());
    }
    Err(Problem::forbidden(
        "a change of state without a bearer token has to come from a page of this API: expected Sec-Fetch-Site: same-origin, or an Origin that \
         is the Host",
    ))
}

/// Whether no browser sent it: they name the origin with each POST.
pub fn is_of_no_page(headers: &HeaderMap) -> bool {
    !headers.contains_key(ORIGIN) && !headers.contains_key("sec-fetch-site")
}

#[cfg(test)]
mod tests {
    use super::super::problem::Kind;
    use super::*;

    use axum::http::Request;

    fn parts(uri: &str, headers: &[(&str, &str)]) -> Parts {
        let request = headers.iter().fold(Request::get(uri), |request, (name, value)| request.header(*name, *value));
        request.body(()).expect("a request").into_parts().0
    }

    #[test]
    fn hosts_of_ours_and_others() {
        let settings = Settings {
            listen: "0.0.0.0:9596".to_owned(),
            advertise: Some("https://Pod-0.adoption:9596/".to_owned()),
            hosts: vec!["adoption.example".to_owned(), "ui.example:8443".to_owned()],
            ..Settings::default()
        };
        let hosts = Hosts::new(&settings);
        let ours = ["localhost", "LOCALHOST:1", "127.0.0.1:9596", "[::1]:9596", "[::1]", "pod-0.adoption:9596", "adoption.example:443"];
        for host in ours.into_iter().chain(["ui.example:8443"]) {
            assert_eq!(hosts.check(&parts("/", &[("host", host)])), Ok(host.to_ascii_lowercase()));
        }
        for host in ["evil.example", "ui.example", "ui.example:80", "localhost.evil.example", "::1", "localhost:9596@evil.example", ""] {
            assert_eq!(hosts.check(&parts("/", &[("host", host)])).map_err(|problem| problem.kind), Err(Kind::Forbidden), "{host}");
        }
        assert!(hosts.check(&parts("https://localhost/v1/me", &[])).is_ok(), "HTTP/2 has no header");
        let twice = hosts.check(&parts("/", &[("host", "localhost"), ("host", "evil.example")]));
        assert_eq!(twice.map_err(|problem| problem.kind), Err(Kind::BadRequest));
        assert_eq!(hosts.check(&parts("/", &[])).map_err(|problem| problem.kind), Err(Kind::BadRequest));
    }

    #[test]
    fn changes_come_from_a_page_of_ours() {
        let check = |headers: &[(&str, &str)]| check_same_origin(&parts("/", headers).headers, "localhost:9596").is_ok();
        assert!(check(&[("sec-fetch-site", "same-origin")]));
        assert!(check(&[("origin", "http://localhost:9596")]));
        for headers in [
            [("sec-fetch-site", "cross-site"), ("origin", "http://localhost:9596")].as_slice(),
            &[("sec-fetch-site", "same-site")],
            &[("origin", "http://localhost:9595")],
            &[("origin", "null")],
            &[],
        ] {
            assert!(!check(headers), "{headers:?}");
        }
    }
}
