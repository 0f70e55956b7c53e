//! JSON Web Tokens of whoever stands before us: an identity provider, oauth2-proxy, Google's IAP, AWS's load balancer.
//!
//! What is believed is a signature by one of the keys, of RS256 or ES256 as the key's own type has it, and then: `iss`, `aud`, `exp`, `nbf`.
//! AWS's load balancer signs texts whose base64 is padded, which no library of JSON Web Tokens takes, and has no `aud`: its header's `signer`,
//! the load balancer's ARN, stands in for it.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use openssl::base64;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{Id, PKey, Public};
use openssl::rsa::Rsa;
use openssl::sign::Verifier;
use serde::Deserialize;
use serde_json::Value;

use super::{By, Principal, Scope, Scopes};
use crate::api::watched::Watched;
use crate::config::Api as Settings;

/// How far the clocks of issuer and service may be apart.
const LEEWAY_SECONDS: i64 = 60;
/// Shorter ones can be factored.
const RSA_BITS_MIN: u32 = 2048;
/// Headers are bounded anyway; no token is that long.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

pub struct Jwt {
    keys: Watched<Keys>,
    issuer: String,
    audience: String,
    /// In lower case, as headers are.
    header: String,
    principal_claim: String,
    owner_claim: String,
    scope_claim: String,
    scopes: Scopes,
}

/// A token's header.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    signer: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    aud: Option<OneOrMore>,
    exp: Option<f64>,
    nbf: Option<f64>,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    fn has(&self, wanted: &str) -> bool {
        match self {
            Self::One(one) => one == wanted,
            Self::More(all) => all.iter().any(|one| one == wanted),
        }
    }
}

impl Jwt {
    /// `None`: tokens of this kind are not taken.
    pub fn new(settings: &Settings) -> anyhow::Result<Option<Self>> {
        let (Some(path), Some(issuer), Some(audience)) = (&settings.jwt_keys_location, &settings.jwt_issuer, &settings.jwt_audience) else {
            return Ok(None);
        };
        Ok(Some(Self {
            keys: Watched::open(path, Keys::parse)?,
            issuer: issuer.clone(),
            audience: audience.clone(),
            header: settings.jwt_header.to_ascii_lowercase(),
            principal_claim: settings.jwt_principal_claim.clone(),
            owner_claim: settings.jwt_owner_claim.clone(),
            scope_claim: settings.jwt_scope_claim.clone(),
            scopes: settings.jwt_scopes.iter().filter_map(|name| Scope::of(name)).collect(),
        }))
    }

    /// The token of a request, be it good or not. A bearer token without two dots is one of the other kind.
    pub fn token_of<'h>(&self, headers: &'h HeaderMap, bearer: Option<&'h str>) -> Option<&'h str> {
        if self.header == "authorization" {
            return bearer.filter(|token| token.bytes().filter(|byte| *byte == b'.').count() == 2);
        }
        // What is no text cannot be a good token, and must not count as none.
        let token = headers.get(&self.header).map(|value| value.to_str().unwrap_or_default().trim())?;
        Some(token.strip_prefix("Bearer ").unwrap_or(token))
    }

    /// Whom the token is of, or why it is not believed.
    pub fn principal(&self, token: &str, now: i64) -> Result<Principal, String> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(format!("expected at most {TOKEN_BYTES_MAX} bytes, found {}", token.len()));
        }
        let (signed, signature) = token.rsplit_once('.').ok_or("expected three parts with dots between")?;
        let (header, claims) = signed.split_once('.').ok_or("expected three parts with dots between")?;
        let header: Header = part(header, "header")?;
        let signature = decoded(signature).ok_or("the signature is not base64")?;
        if !self.keys.get().verify(&header, signed.as_bytes(), &signature) {
            return Err("no key of api.jwt_keys_location has signed it".to_owned());
        }
        let claims: Claims = part(claims, "claims")?;
        self.check(&header, &claims, now)?;
        let text = |name: &str| claims.others.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let name = text(&self.principal_claim).ok_or_else(|| format!("it has no text as `{}`", self.principal_claim))?;
        Ok(Principal {
            name: name.into(),
            by: By::Jwt,
            scopes: self.scopes.and(self.scopes_of(&claims)),
            owner: text(&self.owner_claim).map(Into::into),
            by_bearer: self.header == "authorization",
        })
    }

    fn check(&self, header: &Header, claims: &Claims, now: i64) -> Result<(), String> {
        if claims.iss.as_deref() != Some(&*self.issuer) {
            return Err("its `iss` is not api.jwt_issuer".to_owned());
        }
        let is_for_us = match &claims.aud {
            Some(audience) => audience.has(&self.audience),
            None => header.signer.as_deref() == Some(&*self.audience),
        };
        if !is_for_us {
            return Err("its `aud` is not api.jwt_audience".to_owned());
        }
        let expires = claims.exp.ok_or("it has no `exp`")?;
        if expires as i64 + LEEWAY_SECONDS <= now {
            return Err("it has expired".to_owned());
        }
        if claims.nbf.is_some_and(|begins| begins as i64 - LEEWAY_SECONDS > now) {
            return Err("it is not valid yet".to_owned());
        }
        Ok(())
    }

    fn scopes_of(&self, claims: &Claims) -> Scopes {
        match claims.others.get(&self.scope_claim) {
            Some(Value::String(text)) => text.split_whitespace().filter_map(Scope::of).collect(),
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).filter_map(Scope::of).collect(),
            _ => Scopes::default(),
        }
    }
}

fn part<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> Result<T, String> {
    let bytes = decoded(text).ok_or_else(|| format!("its {what} is not base64"))?;
    serde_json::from_slice(&bytes).map_err(|_| format!("its {what} is not what a token has"))
}

/// Base64 of URLs, padded or not.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let is_of_urls = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !is_of_urls {
        return None;
    }
    let padding = "=".repeat((4 - text.len() % 4) % 4);
    base64::decode_block(&(text.replace('-', "+").replace('_', "/") + &padding)).ok()
}

/// Public keys of whoever signs tokens.
#[derive(Debug)]
pub struct Keys(Vec<Key>);

#[derive(Debug)]
struct Key {
    /// Its name in a JWK set. One without is tried for every token.
    id: Option<String>,
    algorithm: &'static str,
    key: PKey<Public>,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Keys {
    /// A JWK set, or public keys in PEM one after the other. Keys of a set that are for something else are passed over.
    pub fn parse(text: &str) -> Result<Self, String> {
        let keys = if text.trim_start().starts_with('{') {
            let set: KeySet = serde_json::from_str(text).map_err(|error| format!("expected a JWK set: {error}"))?;
            let for_tokens = set.keys.iter().filter(|key| key.purpose.as_deref().is_none_or(|purpose| purpose == "sig"));
            for_tokens.map(Jwk::key).filter_map(Result::transpose).collect::<Result<Vec<_>, String>>()?
        } else {
            let begins: Vec<usize> = text.match_indices("-----BEGIN").map(|(begin, _)| begin).collect();
            let ends = begins.iter().skip(1).copied().chain([text.len()]);
            begins.iter().zip(ends).map(|(begin, end)| from_pem(&text[*begin..end])).collect::<Result<Vec<_>, String>>()?
        };
        if keys.is_empty() { Err("it holds no key for RS256 or ES256".to_owned()) } else { Ok(Self(keys)) }
    }

    fn verify(&self, header: &Header, signed: &[u8], signature: &[u8]) -> bool {
        let named = |key: &&Key| key.id.is_none() || header.kid.is_none() || key.id == header.kid;
        // The key says which algorithm it is for, never the token alone.
        let mut fitting = self.0.iter().filter(named).filter(|key| key.algorithm == header.alg);
        fitting.any(|key| key.verify(signed, signature).unwrap_or(false))
    }
}

impl Key {
    fn new(id: Option<String>, key: PKey<Public>) -> Result<Self, String> {
        let algorithm = match key.id() {
            Id::RSA if key.bits() >= RSA_BITS_MIN => "RS256",
            Id::RSA => return Err(format!("expected an RSA key of at least {RSA_BITS_MIN} bits, found {}", key.bits())),
            Id::EC if key.ec_key().is_ok_and(|key| key.group().curve_name() == Some(Nid::X9_62_PRIME256V1)) => "ES256",
            other => return Err(format!("expected a key of RSA or of the curve P-256, found {other:?}")),
        };
        Ok(Self { id, algorithm, key })
    }

    fn verify(&self, signed: &[u8], signature: &[u8]) -> Result<bool, ErrorStack> {
        let mut verifier = Verifier::new(MessageDigest::sha256(), &self.key)?;
        if self.algorithm == "RS256" {
            return verifier.verify_oneshot(signature, signed);
        }
        // Two numbers of 32 bytes, which OpenSSL wants as DER.
        let Some((r, s)) = signature.split_at_checked(32).filter(|(_, s)| s.len() == 32) else { return Ok(false) };
        let signature = EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?.to_der()?;
        verifier.verify_oneshot(&signature, signed)
    }
}

fn from_pem(pem: &str) -> Result<Key, String> {
    let key = PKey::public_key_from_pem(pem.as_bytes()).map_err(|_| "expected public keys in PEM (BEGIN PUBLIC KEY)".to_owned())?;
    Key::new(None, key)
}

impl Jwk {
    /// `None`: of a kind that no token here is signed with.
    fn key(&self) -> Result<Option<Key>, String> {
        let made = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => self.rsa(),
            ("EC", Some("P-256")) => self.ec(),
            _ => return Ok(None),
        };
        let name = || self.kid.clone().unwrap_or_default();
        let key = made.ok_or_else(|| format!("the key {:?} is not one", name()))?;
        Key::new(self.kid.clone(), key).map(Some).map_err(|what| format!("the key {:?}: {what}", name()))
    }

    fn rsa(&self) -> Option<PKey<Public>> {
        let rsa = Rsa::from_public_components(number(self.n.as_deref())?, number(self.e.as_deref())?).ok()?;
        PKey::from_rsa(rsa).ok()
    }

    fn ec(&self) -> Option<PKey<Public>> {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).ok()?;
        let (x, y) = (number(self.x.as_deref())?, number(self.y.as_deref())?);
        let key = EcKey::from_public_key_affine_coordinates(&group, &x, &y).ok()?;
        // Whatever point a curve has not must not be taken for a key.
        key.check_key().ok()?;
        PKey::from_ec_key(key).ok()
    }
}

fn number(text: Option<&str>) -> Option<BigNum> {
    BigNum::from_slice(&decoded(text?)?).ok()
}
