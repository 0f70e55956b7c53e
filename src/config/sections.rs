//! The settings, section by section. The doc comment of a field is its entry in the reference and in the example file's checks;
//! its type is what a value is checked against (see `keys`). Units come last in a name.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Origins;
use super::kafka::serialize_hiding;
use crate::engine::EngineSettings;

/// All settings. Made by [`Settings::load`], which has checked them; [`Settings::default`] is what stands where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The playbook file.
    #[schemars(extend("format" = "path", "x-default" = "the shipped playbook"))]
    pub playbook: Option<PathBuf>,
    pub kafka: Kafka,
    pub topics: Topics,
    pub engine: Engine,
    pub commit: Commit,
    pub state: State,
    pub portfolio: Portfolio,
    pub watchdog: Watchdog,
    pub http: Http,
    pub api: Api,
    pub deliver: Deliver,
    pub sources: BTreeMap<String, Source>,
    pub ingest: Ingest,
    pub log: Log,
    #[serde(skip)]
    pub(super) origins: Origins,
}

#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Kafka {
    /// Bootstrap servers, `host:port`, separated by commas.
    pub brokers: String,
    /// The consumer group, and the prefix of the transactional ids. Two deployments that share it share the work.
    pub application_id: String,
    /// The stable name of this process: static membership and transactional ids are made from it. Two running processes must
    /// never share one, and a restarted process must get its own again (a StatefulSet's pod name does both).
    #[schemars(extend("x-default" = "the host name"))]
    pub instance_id: String,
    /// `classic`: static membership, so that a restart within the session moves no partition.
    /// `consumer`: KIP-848, without static membership (a restarted static member is locked out until its old session ends).
    pub group_protocol: GroupProtocol,
    /// How long a silent process keeps its partitions (classic protocol only). Long enough for a restart in place, which then
    /// costs no rebalance; a host that is gone for good blocks its partitions for as long.
    pub session_timeout_ms: u32,
    /// How long a transaction may stay open. Readers wait this long behind a crashed writer, so librdkafka's 60 s are too many.
    pub transaction_timeout_ms: u32,
    /// `plaintext`, `ssl`, `sasl_plaintext` or `sasl_ssl`.
    #[schemars(extend("x-default" = "plaintext"))]
    pub security_protocol: Option<SecurityProtocol>,
    /// `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512` or `OAUTHBEARER` (its details in `kafka.properties`). Kerberos is not built in.
    pub sasl_mechanism: Option<SaslMechanism>,
    /// For PLAIN and SCRAM.
    pub sasl_username: Option<String>,
    /// For PLAIN and SCRAM. Never shown.
    #[schemars(with = "Option<String>", extend("format" = "secret"))]
    pub sasl_password: Option<Secret>,
    /// A file that holds the password; a newline at its end is dropped.
    #[schemars(extend("format" = "path"))]
    pub sasl_password_file: Option<PathBuf>,
    /// CA certificates (PEM) that brokers are checked against; not set: the system's.
    #[schemars(extend("format" = "path"))]
    pub ssl_ca_location: Option<PathBuf>,
    /// This client's certificate (PEM), for mutual TLS.
    #[schemars(extend("format" = "path"))]
    pub ssl_certificate_location: Option<PathBuf>,
    /// This client's private key (PEM), for mutual TLS.
    #[schemars(extend("format" = "path"))]
    pub ssl_key_location: Option<PathBuf>,
    /// Of the private key. Never shown.
    #[schemars(with = "Option<String>", extend("format" = "secret"))]
    pub ssl_key_password: Option<Secret>,
    /// A file that holds the key's password; a newline at its end is dropped.
    #[schemars(extend("format" = "path"))]
    pub ssl_key_password_file: Option<PathBuf>,
    /// Further librdkafka settings, by their librdkafka names. They win over the defaults of the service, except those that
    /// exactly-once rests on and those that have a setting of their own, which are refused. In the environment,
    /// `ADOPTION__KAFKA__PROPERTIES__CLIENT_RACK` is `client.rack`.
    #[serde(serialize_with = "serialize_hiding")]
    pub properties: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupProtocol {
    Classic,
    Consumer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecurityProtocol {
    Plaintext,
    Ssl,
    SaslPlaintext,
    SaslSsl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SaslMechanism {
    #[serde(rename = "PLAIN")]
    Plain,
    #[serde(rename = "SCRAM-SHA-256")]
    ScramSha256,
    #[serde(rename = "SCRAM-SHA-512")]
    ScramSha512,
    #[serde(rename = "OAUTHBEARER")]
    OauthBearer,
}

/// A text that is never shown: `Debug` and serialisation print `(hidden)`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

/// What is printed in a secret's place.
pub(super) const HIDDEN: &str = "(hidden)";

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself: for librdkafka, never for people.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

/// Without the properties, which may hold secrets.
impl fmt::Debug for Kafka {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { brokers, application_id, instance_id, .. } = self;
        let mut kafka = f.debug_struct("Kafka");
        kafka.field("brokers", brokers).field("application_id", application_id).field("instance_id", instance_id).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Topics {
    /// The input topics, one or more, all keyed by account id and with the same number of partitions.
    pub inputs: Vec<String>,
    /// The prefix of every output topic and of the changelog: `<prefix>.stage-changes.v1`.
    pub prefix: String,
    /// Partitions of a topic that `topics create` makes. Fixed up front: it cannot be changed later without moving accounts.
    pub partitions: u32,
    /// Replicas of a topic that `topics create` makes. Below 3, losing one broker can lose what was committed.
    pub replication_factor: u32,
    /// How long the brokers keep a record of an input topic that `topics create` makes, and what `topics check` expects at least. Brokers go by
    /// the times that records bear; 92 days are what the widest windows read. Shorter where no history is loaded and none is to be kept.
    pub input_retention_days: u32,
    /// What to do where a partition of an input begins above offset 0 when it is read for the first time: records were removed that nobody
    /// has read. `warn`: begin with what is left. `refuse`: end.
    pub on_missing_history: MissingHistory,
    /// With several input topics: how long to wait for one that has unread records but none fetched yet, before the others go
    /// on without it. Ten times a usual fetch; longer keeps order better, shorter keeps latency lower.
    pub max_idle_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MissingHistory {
    Warn,
    Refuse,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Engine {
    /// Worker threads. More than there are partitions are idle.
    #[schemars(extend("x-default" = "the number of cores"))]
    pub workers: u32,
    /// How far ahead of the wall clock an event's time may be; further ahead is dead-lettered as `from_the_future`.
    pub max_skew_ms: u64,
    /// While there is unread input, a partition's clock goes as far as so many of its accounts have gone by records of their own: what one
    /// account's records say moves no other account's day. 1: every record moves it.
    pub clock_witnesses: u32,
    /// Applied event ids remembered for each account, to count and ignore repetitions. 0: off.
    pub dedupe_ids: u32,
    /// A record without `time` has that of its Kafka record. Off, it goes to dead letters: a topic that is copied, or filled anew, has other
    /// times. Not in `replay`, where nothing is around a line.
    pub time_from_record: bool,
    /// Bytes of a record's value; a larger one goes to dead letters.
    pub max_record_bytes: u32,
    /// Distinct features held for an account and product; further ones count for the product alone.
    pub max_features_per_product: u32,
    /// Users held for an account; the usage of further ones counts as nobody's.
    pub max_users_per_account: u32,
    /// Products, gauges, connections and workflows held for an account, each; further ones are dropped.
    pub max_names_per_account: u32,
    /// Terms held for an account and product; one more takes the place of one that is over, and is dropped where there is none.
    pub max_terms_per_product: u32,
    /// Uses held for an account: a user's of a product is one, and one more for each of its features that the user used. Beyond them, a user's
    /// usage of another product counts as nobody's, and of another feature without the user.
    pub max_uses_per_account: u32,
    /// Tasks and outcomes held for an account, each: the last ones.
    pub max_entries_per_account: u32,
    /// Added to the wall clock, for drills and tests. Negative: in the past.
    pub wall_clock_offset_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Commit {
    /// A commit is made within this time after an output: the latency that readers see.
    pub outputs_within_ms: u64,
    /// A commit is made within this time after an event, output or not.
    pub interval_ms: u64,
    /// A commit is made after so many events at the latest: what an aborted transaction has to do again.
    pub max_events: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct State {
    /// After a crash, at most this much time of input is read again to rebuild the facts.
    pub redo_seconds: u64,
    /// After a crash, at most so many events of a partition are read again to rebuild the facts.
    pub redo_events: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Portfolio {
    /// Counts over all accounts are published when a day has been lived through, and at most so often after accounts have changed. 0: nothing is
    /// counted, and no portfolio is published.
    pub interval_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Watchdog {
    /// A worker without a sign of life for this long ends the process (exit status 70), so that its partitions move on.
    pub timeout_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Address and port of metrics and probes. Port 0: any free one, named in the log.
    pub listen: String,
}

/// The HTTP API. Off loopback it needs authentication (`tokens_file`, `jwt_keys_location` or `client_ca_location`) and TLS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Api {
    /// Address and port of the HTTP API; empty: there is none. Port 0: any free one, named in the log. Off loopback it needs authentication
    /// and TLS.
    pub listen: String,
    /// The URL by which other processes of the group reach this one's API, as `https://adoption-tracker-0.adoption-tracker:9596`.
    pub advertise: Option<String>,
    /// What a request's `Host` may be beside loopback's names, the address of `api.listen` and the host of `api.advertise`: host names, or
    /// `host:port` where the port counts.
    pub hosts: Vec<String>,
    /// The server's certificate (PEM), followed by those between it and its CA's. Read again when the file changes.
    #[schemars(extend("format" = "path"))]
    pub tls_certificate_location: Option<PathBuf>,
    /// The private key (PEM) of the certificate.
    #[schemars(extend("format" = "path"))]
    pub tls_key_location: Option<PathBuf>,
    /// CA certificates (PEM): who presents a certificate signed by one of them is known by its subject's common name, and may do what
    /// `api.tokens_file` says of `cn:NAME`.
    #[schemars(extend("format" = "path"))]
    pub client_ca_location: Option<PathBuf>,
    /// Listen off loopback without TLS, because a mesh or a proxy on the same host encrypts. Authentication is needed all the same.
    pub plaintext: bool,
    /// Who may do what, a line each: `SHA-256 of the token, or cn:NAME`, a name, scopes separated by commas, the owner. Read again when the
    /// file changes.
    #[schemars(extend("format" = "path"))]
    pub tokens_file: Option<PathBuf>,
    /// Public keys that JSON Web Tokens are checked with: a JWK set, or public keys in PEM. Read again when the file changes.
    #[schemars(extend("format" = "path"))]
    pub jwt_keys_location: Option<PathBuf>,
    /// What a token's `iss` must be.
    pub jwt_issuer: Option<String>,
    /// What a token's `aud` must be or hold; of a token without one, as AWS's load balancer makes them, its header's `signer`.
    pub jwt_audience: Option<String>,
    /// The header that a token comes in: `authorization` (`Bearer …`), `x-goog-iap-jwt-assertion`, `x-amzn-oidc-data`,
    /// `x-forwarded-access-token`. Only the token's signature is believed, no other header.
    pub jwt_header: String,
    /// The claim that names the principal.
    pub jwt_principal_claim: String,
    /// The claim that is the principal's owner: accounts with this `owner` are theirs.
    pub jwt_owner_claim: String,
    /// The claim that lists scopes, as a list or as a text with blanks between. Scopes that there are not are passed over.
    pub jwt_scope_claim: String,
    /// Scopes that every accepted token has besides: for proxies whose tokens list none.
    pub jwt_scopes: Vec<String>,
    /// A file with the secret by which processes of the group know each other. The same for all of them.
    #[schemars(extend("format" = "path"))]
    pub peer_token_file: Option<PathBuf>,
    /// CA certificates (PEM) that the certificates of the group's other processes are signed by; without it, those that the system trusts.
    #[schemars(extend("format" = "path"))]
    pub peer_ca_location: Option<PathBuf>,
    /// How old a row of a list may be: rows whose facts moved are made anew so often.
    pub row_age_seconds: u32,
    /// Requests that are answered at the same time, streams of changes left out; further ones are told to come again (429).
    pub max_requests: u32,
    /// Streams of changes that are open at the same time; further ones are told to come again (429).
    pub max_streams: u32,
}

/// `adoption-tracker deliver`: outputs to Slack and to endpoints of others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Deliver {
    /// Where people reach the console, as `https://adoption.example`: messages link to an account's page. Not set: no links.
    pub console_url: Option<String>,
    /// Where a target begins that nothing was delivered to before. `end`: with what is published from then on. `beginning`: with all that the
    /// topics still hold.
    pub begin: DeliverBegin,
    /// How long an attempt may take, from connecting to the answer.
    pub timeout_seconds: u32,
    /// How long attempts are repeated, counted from the first; then the output goes to `<prefix>.undelivered.v1`. What follows it in its
    /// partition waits meanwhile. 0: one attempt.
    pub retry_seconds: u32,
    pub targets: BTreeMap<String, DeliverTarget>,
}

/// NAME is the operator's, of the characters a-z 0-9 _ -. It names the target's consumer group, `<kafka.application_id>-deliver-NAME`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DeliverTarget {
    /// `slack`: a message to an incoming webhook of Slack. `webhook`: the CloudEvent to an endpoint, signed as Standard Webhooks says.
    pub kind: Option<DeliverKind>,
    /// Where to; never shown. `http://` only on loopback, or with `plaintext`.
    #[schemars(with = "Option<String>", extend("format" = "secret"))]
    pub url: Option<Secret>,
    /// A file that holds the URL, which for Slack is a secret. Read again for each attempt.
    #[schemars(extend("format" = "path"))]
    pub url_file: Option<PathBuf>,
    /// Slack: a file of people with URLs of their own, `PERSON URL` a line. What is for one of them goes there, to each of them where it is for
    /// several; what is for nobody in it goes to the target's URL, where there is one. Read again for each output.
    #[schemars(extend("format" = "path"))]
    pub people_urls_file: Option<PathBuf>,
    /// Webhooks: a file of signing secrets, `whsec_…` a line. Each signs, so that an endpoint can go from one to the next. Read again for each
    /// attempt.
    #[schemars(extend("format" = "path"))]
    pub secret_file: Option<PathBuf>,
    /// CA certificates (PEM) that the endpoint's certificate is signed by; without it, those that the system trusts.
    #[schemars(extend("format" = "path"))]
    pub ca_location: Option<PathBuf>,
    /// Send over `http://` to other hosts too, because a mesh encrypts.
    pub plaintext: bool,
    /// Only outputs of these types. Without it, Slack is told of alerts opened and cleared and of plays opened; an endpoint gets all but the
    /// states of accounts, the portfolio and the owners of partitions.
    pub types: Vec<String>,
    /// Only outputs of these alerts, plays and campaigns.
    pub rules: Vec<String>,
    /// Only outputs of these severities.
    pub severities: Vec<String>,
    /// Only outputs for these people: the `route` of an alert, an `assignee` of a play's tasks. Outputs that name nobody, as an alert's clearing,
    /// are left out then.
    pub people: Vec<String>,
}

/// NAME is the operator's, of the characters a-z 0-9 _ -. A file may also say `[[sources]]`, with `name` in it, or with the topic's name for one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Source {
    /// The topic that `ingest` reads. Without one, the source is for files: `--source NAME`.
    pub topic: Option<String>,
    /// The mapping: one that ships, by its name, or a file.
    #[schemars(extend("format" = "mapping"))]
    pub format: Option<String>,
}

/// `adoption-tracker ingest`: records of the sources' topics to native ones in the input topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Ingest {
    /// The input topic that is written to, one of `topics.inputs`.
    #[schemars(extend("x-default" = "the first of `topics.inputs`"))]
    pub input: Option<String>,
    /// Threads for each source, each a member of the group `<kafka.application_id>-ingest`.
    pub workers: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliverBegin {
    End,
    Beginning,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliverKind {
    Slack,
    Webhook,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `text` or `json`, on standard error.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug`, `trace` or `off`, also for single modules: `info,adoption_tracker::kafka=debug`.
    /// `RUST_LOG` wins over it.
    pub level: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Text,
    Json,
}

impl Default for Kafka {
    fn default() -> Self {
        Self {
            brokers: "127.0.0.1:9092".to_owned(),
            application_id: "adoption-tracker".to_owned(),
            instance_id: host_name(),
            group_protocol: GroupProtocol::Classic,
            session_timeout_ms: 45_000,
            transaction_timeout_ms: 15_000,
            security_protocol: None,
            sasl_mechanism: None,
            sasl_username: None,
            sasl_password: None,
            sasl_password_file: None,
            ssl_ca_location: None,
            ssl_certificate_location: None,
            ssl_key_location: None,
            ssl_key_password: None,
            ssl_key_password_file: None,
            properties: BTreeMap::new(),
        }
    }
}

impl Default for Topics {
    fn default() -> Self {
        Self {
            inputs: vec!["adoption.inputs.v1".to_owned()],
            prefix: "adoption".to_owned(),
            partitions: 12,
            replication_factor: 3,
            input_retention_days: 92,
            on_missing_history: MissingHistory::Warn,
            max_idle_ms: 1_000,
        }
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self {
            // One core where the system will not say.
            workers: std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32),
            max_skew_ms: 3_600_000,
            clock_witnesses: EngineSettings::CLOCK_WITNESSES as u32,
            dedupe_ids: 0,
            time_from_record: false,
            max_record_bytes: 1_048_576,
            max_features_per_product: 1_024,
            max_users_per_account: 1_000_000,
            max_names_per_account: 1_024,
            max_terms_per_product: 256,
            max_uses_per_account: 10_000_000,
            max_entries_per_account: 1_000,
            wall_clock_offset_ms: 0,
        }
    }
}

impl Default for Commit {
    fn default() -> Self {
        Self { outputs_within_ms: 100, interval_ms: 1_000, max_events: 200_000 }
    }
}

impl Default for State {
    fn default() -> Self {
        Self { redo_seconds: 60, redo_events: 5_000_000 }
    }
}

impl Default for Portfolio {
    fn default() -> Self {
        Self { interval_ms: 60_000 }
    }
}

impl Default for Watchdog {
    fn default() -> Self {
        Self { timeout_ms: 60_000 }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self { listen: "127.0.0.1:9595".to_owned() }
    }
}

impl Default for Api {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:9596".to_owned(),
            advertise: None,
            hosts: Vec::new(),
            tls_certificate_location: None,
            tls_key_location: None,
            client_ca_location: None,
            plaintext: false,
            tokens_file: None,
            jwt_keys_location: None,
            jwt_issuer: None,
            jwt_audience: None,
            jwt_header: "authorization".to_owned(),
            jwt_principal_claim: "sub".to_owned(),
            jwt_owner_claim: "email".to_owned(),
            jwt_scope_claim: "scope".to_owned(),
            jwt_scopes: Vec::new(),
            peer_token_file: None,
            peer_ca_location: None,
            row_age_seconds: 5,
            max_requests: 64,
            max_streams: 200,
        }
    }
}

impl Default for Deliver {
    fn default() -> Self {
        Self { console_url: None, begin: DeliverBegin::End, timeout_seconds: 10, retry_seconds: 3_600, targets: BTreeMap::new() }
    }
}

impl Default for Ingest {
    fn default() -> Self {
        Self { input: None, workers: 1 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: "info".to_owned() }
    }
}

/// The host's name, or nothing, which `validate` refuses with the setting to use instead: a made-up name would be the same on two
/// hosts, which then fence each other.
fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").map(|name| name.trim().to_owned()).unwrap_or_default()
}
