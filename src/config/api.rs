//! What the HTTP API may not do without.
//!
//! | listens | authentication | TLS |
//! |---|---|---|
//! | on loopback | may be missing: whoever is on the machine may do everything | may be missing |
//! | elsewhere | needed | needed, unless `api.plaintext` says that something else encrypts |

use super::sections::Api;
use super::validate::{Check, is_address};

/// What a principal may be allowed. `src/api` says what each allows.
pub const SCOPES: [&str; 6] = ["read", "all", "write", "rules", "ops", "erase"];

impl Api {
    /// Whether only this machine can reach it. An address that cannot be read counts as one that all can reach.
    pub fn is_on_loopback(&self) -> bool {
        let Some((host, _)) = self.listen.rsplit_once(':') else { return false };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost") || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Whether callers must say who they are.
    pub fn authenticates(&self) -> bool {
        self.tokens_file.is_some() || self.jwt_keys_location.is_some() || self.client_ca_location.is_some()
    }

    pub fn has_tls(&self) -> bool {
        self.tls_certificate_location.is_some()
    }

    /// The host, and port where there is one, of [`Api::advertise`].
    pub fn advertised_authority(&self) -> Option<&str> {
        let url = self.advertise.as_deref()?;
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        (!authority.is_empty() && !authority.contains('@')).then_some(authority)
    }
}

impl Check<'_> {
    pub(super) fn api(&mut self) {
        let api = &self.settings.api;
        if api.listen.is_empty() {
            return;
        }
        self.require("api.listen", is_address(&api.listen), || {
            format!("is {:?}; expected an address and a port, as 127.0.0.1:9596 or [::]:9596, or nothing for no API", api.listen)
        });
        self.api_tls(api);
        self.api_tokens(api);
        if is_address(&api.listen) && !api.is_on_loopback() {
            self.api_off_loopback(api);
        }
        self.require("api.advertise", api.advertise.is_none() || api.advertised_authority().is_some(), || {
            let url = api.advertise.as_deref().unwrap_or_default();
            format!("is {url:?}; expected a URL with http:// or https:// and a host")
        });
        for host in &api.hosts {
            let is_host = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte));
            self.require("api.hosts", is_host, || format!("has {host:?}; expected a host, or host:port"));
        }
        self.require("api.row_age_seconds", api.row_age_seconds >= 1, || "is 0; expected at least 1".to_owned());
        self.require("api.max_requests", api.max_requests >= 1, || "is 0; expected at least 1".to_owned());
    }

    fn api_tls(&mut self, api: &Api) {
        let (certificate, key) = (api.tls_certificate_location.is_some(), api.tls_key_location.is_some());
        self.require("api.tls_certificate_location", certificate || !key, || "is not set; api.tls_key_location asks for it".to_owned());
        self.require("api.tls_key_location", key || !certificate, || "is not set; api.tls_certificate_location asks for it".to_owned());
        self.require("api.client_ca_location", certificate || api.client_ca_location.is_none(), || {
            "is set, but certificates of clients come with TLS alone: set api.tls_certificate_location and api.tls_key_location".to_owned()
        });
        let allowed = api.client_ca_location.is_none() || !certificate || api.tokens_file.is_some();
        self.require("api.tokens_file", allowed, || {
            "is not set; what a certificate's principal may do stands there, as cn:NAME, and api.client_ca_location asks for it".to_owned()
        });
    }

    fn api_tokens(&mut self, api: &Api) {
        let keys = api.jwt_keys_location.is_some();
        for (key, set) in [("api.jwt_issuer", api.jwt_issuer.is_some()), ("api.jwt_audience", api.jwt_audience.is_some())] {
            self.require(key, set || !keys, || "is not set; api.jwt_keys_location asks for it: a key alone proves too little".to_owned());
            self.require(key, keys || !set, || "is set, but api.jwt_keys_location is not: it would be ignored".to_owned());
        }
        for scope in &api.jwt_scopes {
            self.require("api.jwt_scopes", SCOPES.contains(&scope.as_str()), || {
                format!("has {scope:?}; expected some of {}", SCOPES.join(", "))
            });
        }
        let is_header = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        self.require("api.jwt_header", is_header(&api.jwt_header), || {
            format!("is {:?}; expected the name of a header, as authorization", api.jwt_header)
        });
    }

    fn api_off_loopback(&mut self, api: &Api) {
        let listen = &api.listen;
        self.require("api.listen", api.authenticates(), || {
            format!(
                "is {listen}, which others can reach, without authentication: set api.tokens_file, api.jwt_keys_location or \
                 api.client_ca_location; or listen on 127.0.0.1"
            )
        });
        self.require("api.listen", api.has_tls() || api.plaintext, || {
            format!(
                "is {listen}, which others can reach, without TLS: set api.tls_certificate_location and api.tls_key_location; or \
                 api.plaintext = true where something else encrypts"
            )
        });
        let host = listen.rsplit_once(':').map_or("", |(host, _)| host);
        let is_any = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_unspecified());
        self.require("api.hosts", !is_any || !api.hosts.is_empty() || api.advertise.is_some(), || {
            format!("is empty, nor is api.advertise set; api.listen is {listen}, and every request would be refused by its Host")
        });
    }
}
