//! What targets of deliveries need.

use super::sections::{DeliverKind, DeliverTarget};
use super::topics::is_legal_name;
use super::validate::{Check, is_name};

/// What is wrong with a URL to deliver to. It may be a secret: what is said does not show it.
pub fn url_problem(url: &str, plaintext: bool) -> Option<&'static str> {
    let (encrypted, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return Some("is no URL with https://"),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() || authority.contains('@') || url.bytes().any(|byte| byte <= b' ' || byte >= 0x7f) {
        return Some("is no URL: expected https://, a host without a user, a path, all in ASCII and without blanks");
    }
    let host = if authority.ends_with(']') { authority } else { authority.rsplit_once(':').map_or(authority, |(host, _)| host) };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    let on_loopback = host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback());
    (!encrypted && !on_loopback && !plaintext)
        .then_some("is not encrypted: expected https://, or `plaintext = true` where something else encrypts")
}

impl Check<'_> {
    pub(super) fn deliver(&mut self) {
        let deliver = &self.settings.deliver;
        self.require("deliver.timeout_seconds", deliver.timeout_seconds >= 1, || "is 0; expected at least 1".to_owned());
        let (timeout, watchdog) = (u64::from(deliver.timeout_seconds), self.settings.watchdog.timeout_ms);
        self.require("deliver.timeout_seconds", timeout * 1_000 < watchdog, || {
            format!(
                "is {timeout}; it must be below watchdog.timeout_ms ({watchdog} ms), which would take a slow endpoint for a stuck process"
            )
        });
        if let Some(url) = &deliver.console_url {
            let is_url = ["https://", "http://"].iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
            self.require("deliver.console_url", is_url && !url.contains([' ', '|', '<', '>']), || {
                format!("is {url:?}; expected a URL with https:// and a host")
            });
        }
        for (name, target) in &deliver.targets {
            self.target(name, target);
        }
    }

    fn target(&mut self, name: &str, target: &DeliverTarget) {
        let key = |field: &str| format!("deliver.targets.{name}.{field}");
        let group = format!("{}-deliver-{name}", self.settings.kafka.application_id);
        self.require(&key("kind"), is_name(name) && is_legal_name(&group), || {
            format!(
                "is of the target {name:?}; expected a name of the characters a-z 0-9 _ -, which fits into the name of a consumer group"
            )
        });
        let Some(kind) = target.kind else {
            return self.require(&key("kind"), false, || "is not set; expected slack or webhook".to_owned());
        };
        self.require(&key("url"), target.url.is_none() || target.url_file.is_none(), || {
            format!("and `{}` are both set; keep one of them", key("url_file"))
        });
        let somewhere = target.url.is_some() || target.url_file.is_some() || target.people_urls_file.is_some();
        self.require(&key("url"), somewhere, || format!("is not set; set it or `{}`", key("url_file")));
        let problem = target.url.as_ref().and_then(|url| url_problem(url.reveal(), target.plaintext));
        self.require(&key("url"), problem.is_none(), || problem.unwrap_or_default().to_owned());
        let is_slack = kind == DeliverKind::Slack;
        self.require(&key("people_urls_file"), is_slack || target.people_urls_file.is_none(), || {
            "is for Slack: make a target with `people` for each endpoint".to_owned()
        });
        self.require(&key("secret_file"), is_slack == target.secret_file.is_none(), || {
            if is_slack { "is for webhooks: Slack's URL is the secret" } else { "is not set; a receiver knows by the signature who sent" }
                .to_owned()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_encrypted_or_stay_on_the_machine() {
        let table = [
            ("https://hooks.slack.com/services/T0/B0/x", false, true),
            ("https://[2001:db8::1]:8443/x?a=b", false, true),
            ("http://127.0.0.1:8080/hook", false, true),
            ("http://localhost/hook", false, true),
            ("http://[::1]:8080/", false, true),
            ("http://crm.internal/hook", false, false),
            ("http://crm.internal/hook", true, true),
            ("http://127.0.0.1.example/hook", false, false),
            ("https://user:pass@crm.example/", false, false),
            ("https:///hook", false, false),
            ("https://crm.example/a b", false, false),
            ("ftp://crm.example/", true, false),
            ("", true, false),
        ];
        for (url, plaintext, good) in table {
            assert_eq!(url_problem(url, plaintext).is_none(), good, "{url} {plaintext}: {:?}", url_problem(url, plaintext));
        }
    }
}
