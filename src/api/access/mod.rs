//! Who asks, and what they may do.
//!
//! | says who it is by | where | its scopes and owner |
//! |---|---|---|
//! | a bearer token | `Authorization` | its line of `api.tokens_file` |
//! | a JSON Web Token | `api.jwt_header` | its claims, and `api.jwt_scopes` |
//! | a client's certificate | TLS | the line `cn:NAME` of `api.tokens_file`; none: no scope |
//! | nothing | | `anonymous`, with all scopes, where nothing of the above is configured, which loopback alone may do |
//!
//! A credential that does not hold is refused, whatever else came with the request. `X-Forwarded-User` and its like are never read: anyone
//! can write them.

mod jwt;
mod principal;
mod tokens;

#[cfg(test)]
mod jwt_tests;

pub use principal::{By, Principal, Scope, Scopes, Visible};

use anyhow::Context as _;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::problem::{Kind, Problem, Result};
use super::watched::Watched;
use crate::config::Api as Settings;
use jwt::Jwt;
use tokens::{Digest, Tokens, digest};

/// The common name of the certificate that a connection's client has shown, checked by TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified(pub Option<String>);

pub struct Access {
    authenticates: bool,
    tokens: Option<Watched<Tokens>>,
    jwt: Option<Jwt>,
    peer: Option<Digest>,
}

impl Access {
    /// # Errors
    ///
    /// A file that cannot be read, or says something that cannot be meant.
    pub fn new(settings: &Settings) -> anyhow::Result<Self> {
        let tokens = settings.tokens_file.as_ref().map(|path| Watched::open(path, Tokens::parse)).transpose();
        let peer = settings.peer_token_file.as_ref().map(std::fs::read_to_string).transpose().context("api.peer_token_file")?;
        let peer = peer.as_deref().map(str::trim);
        anyhow::ensure!(
            peer.is_none_or(|secret| secret.len() >= 16),
            "api.peer_token_file holds less than 16 characters, which can be guessed"
        );
        Ok(Self {
            authenticates: settings.authenticates(),
            tokens: tokens.context("api.tokens_file")?,
            jwt: Jwt::new(settings).context("api.jwt_keys_location")?,
            peer: peer.map(|secret| digest(secret.as_bytes())),
        })
    }

    /// # Errors
    ///
    /// `unauthenticated`.
    pub fn principal(&self, headers: &HeaderMap, certificate: Option<&str>) -> Result<Principal> {
        let refused = |why: String| Problem::new(Kind::Unauthenticated, why);
        let bearer = bearer(headers)?;
        if let Some(token) = bearer
            && self.peer == Some(digest(token.as_bytes()))
        {
            return Ok(Principal::peer());
        }
        if !self.authenticates {
            return Ok(Principal::anonymous());
        }
        if let Some(jwt) = &self.jwt
            && let Some(token) = jwt.token_of(headers, bearer)
        {
            return jwt.principal(token, unix_seconds()).map_err(|why| refused(format!("the JSON Web Token is refused: {why}")));
        }
        let tokens = self.tokens.as_ref().map(Watched::get);
        if let Some(token) = bearer {
            let known = tokens.as_ref().and_then(|tokens| tokens.by_token(token));
            return known.ok_or_else(|| refused("the bearer token is not known".to_owned()));
        }
        if let Some(name) = certificate {
            let known = tokens.as_ref().and_then(|tokens| tokens.by_common_name(name));
            return Ok(known.unwrap_or_else(|| Principal::without_scopes(name, By::Certificate)));
        }
        Err(refused("send a bearer token, or what else this API is set up for; docs/reference/api.md tells how".to_owned()))
    }
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let text = value.to_str().ok().and_then(|text| text.split_once(' '));
    match text {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => Ok(Some(token.trim())),
        _ => Err(Problem::new(Kind::Unauthenticated, "Authorization: expected \"Bearer\" and a token")),
    }
}

fn unix_seconds() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}
