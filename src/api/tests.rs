//! The router in this process, and a listener with TLS; nothing here needs a broker.

mod group;
mod lists;
mod mcp;

use super::*;

use std::net::TcpListener;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::ssl::{SslConnector, SslFiletype, SslMethod};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::kafka::GroupProtocol;
use crate::task::{DeadLetter, Directory};
use crate::topics::Topics;

/// The SHA-256 of `amys`, `bens` and `ops`.
fn tokens() -> String {
    let line = |token: &str, rest: &str| {
        let digest: String = openssl::sha::sha256(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{digest} {rest}\n")
    };
    line("amys", "amy read,write Amy")
        + &line("bens", "ben read")
        + &line("boss", "boss read,all,write")
        + &line("opss", "op ops")
        + "cn:crm-sync crm read,write\n"
}

fn connection(instance: &str) -> Connection {
    Connection {
        // Nobody listens there.
        common: [("bootstrap.servers".to_owned(), "127.0.0.1:1".to_owned()), ("message.timeout.ms".to_owned(), "300".to_owned())].into(),
        application_id: "tracker".to_owned(),
        instance_id: instance.to_owned(),
        group_protocol: GroupProtocol::Classic,
        session_timeout_ms: 45_000,
        transaction_timeout_ms: 15_000,
        topics: Topics::new(vec!["adoption.inputs.v1".to_owned()], "adoption"),
        batch_bytes_max: None,
        describes_topics: true,
    }
}

fn api(settings: Settings) -> Arc<Api> {
    api_of("node-1", settings, 12, Arc::default())
}

fn api_of(instance: &str, settings: Settings, partitions: i32, directory: Arc<Directory>) -> Arc<Api> {
    let (access, peers) = (Access::new(&settings).expect("good settings"), Peers::new(&settings).expect("good settings"));
    Arc::new(Api::new(Parts {
        settings,
        playbook: Arc::new(Playbook::shipped()),
        connection: connection(instance),
        partitions,
        metrics: Arc::new(Metrics::new("sha256:0")),
        health: Health::new(1),
        board: Arc::default(),
        directory,
        mailbox: Arc::default(),
        fleet: Arc::default(),
        clock: crate::worker::WallClock::shifted(0),
        pages: super::Pages::NONE,
        access,
        peers,
    }))
}

/// A folder with a file of tokens, and settings that name it.
fn with_tokens() -> (tempfile::TempDir, Settings) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("tokens");
    std::fs::write(&file, tokens()).expect("the folder is there");
    let settings = Settings { tokens_file: Some(file), ..Settings::default() };
    (folder, settings)
}

struct Answered {
    status: u16,
    headers: axum::http::HeaderMap,
    body: Value,
    /// The body as it is.
    text: String,
}

impl Answered {
    /// Status, name of the problem, position, nearest.
    fn problem(&self) -> (u16, &str, &str, &str) {
        let text = |name: &str| self.body[name].as_str().unwrap_or_default();
        assert_eq!(self.headers["content-type"], problem::MEDIA);
        assert_eq!(self.body["status"], self.status);
        (self.status, text("type").strip_prefix(problem::BASE).expect("a type of ours"), text("position"), text("nearest"))
    }
}

fn ask(api: &Arc<Api>, request: Request<Body>) -> Answered {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let response = serve::router(Arc::clone(api)).oneshot(request).await.expect("a router always answers");
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("the body ends");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answered { status: parts.status.as_u16(), headers: parts.headers, body: serde_json::from_slice(&bytes).unwrap_or_default(), text }
    })
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Body> {
    let request = Request::builder().method(method).uri(path).header("host", "localhost:9596");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(Body::from(body.to_owned())).expect("a request")
}

fn get(api: &Arc<Api>, path: &str, headers: &[(&str, &str)]) -> Answered {
    ask(api, request("GET", path, headers, ""))
}

#[test]
fn without_authentication_whoever_asks_may_do_everything() {
    let me = get(&api(Settings::default()), "/v1/me", &[("authorization", "Bearer whatever")]);
    assert_eq!(me.status, 200);
    let every = ["read", "all", "write", "rules", "ops", "erase"];
    assert_eq!(
        me.body,
        json!({
            "data": {
                "principal": "anonymous", "by": "nothing", "scopes": every, "version": env!("CARGO_PKG_VERSION"), "instance": "node-1",
            },
            "as_of": [],
            "incomplete": [],
        })
    );
    assert!(me.headers["content-security-policy"].to_str().expect("a text").starts_with("default-src 'none'; script-src 'self'"));
    for (name, value) in [("x-content-type-options", "nosniff"), ("cache-control", "private, no-cache"), ("x-frame-options", "DENY")] {
        assert_eq!(me.headers[name], value);
    }
}

#[test]
fn a_token_says_who_asks() {
    let (_folder, settings) = with_tokens();
    let api = api(settings);
    let me = get(&api, "/v1/me", &[("authorization", "Bearer amys")]);
    assert_eq!((&me.body["data"]["principal"], &me.body["data"]["owner"]), (&json!("amy"), &json!("Amy")));
    assert_eq!(me.body["data"]["scopes"], json!(["read", "write"]));
    for headers in [
        [].as_slice(),
        &[("authorization", "Bearer Amys")],
        &[("authorization", "Basic amys")],
        &[("authorization", "Bearer ")],
        &[("x-forwarded-user", "amy"), ("x-forwarded-email", "amy@example.com"), ("x-forwarded-access-token", "amys")],
    ] {
        let refused = get(&api, "/v1/me", headers);
        assert_eq!(refused.problem(), (401, "unauthenticated", "", ""), "{headers:?}");
        assert_eq!(refused.headers["www-authenticate"], "Bearer");
        assert_eq!(refused.headers["x-content-type-options"], "nosniff");
    }
    assert_eq!(get(&api, "/v1/nowhere", &[]).status, 401, "what there is, only those learn who may ask");
}

#[test]
fn scopes_are_asked_for() {
    let (_folder, settings) = with_tokens();
    let api = api(settings);
    let status = |token: &str, path: &str| get(&api, path, &[("authorization", token)]).status;
    assert_eq!((status("Bearer bens", "/v1/partitions"), status("Bearer bens", "/v1/dead-letters")), (200, 403));
    assert_eq!((status("Bearer opss", "/v1/partitions"), status("Bearer opss", "/v1/dead-letters")), (403, 200));
    let touchpoint = r#"{"type": "touchpoint", "time": "2026-09-01T00:00:00Z", "account": "nobody-1", "kind": "call"}"#;
    let headers = [("authorization", "Bearer bens"), ("content-type", "application/json")];
    assert_eq!(ask(&api, request("POST", "/v1/inputs", &headers, touchpoint)).problem(), (403, "forbidden", "", ""));
}

#[test]
fn every_request_has_to_be_for_a_host_of_ours() {
    let api = api(Settings { hosts: vec!["adoption.example".to_owned()], ..Settings::default() });
    for (host, status) in [("127.0.0.1:9596", 200), ("adoption.example", 200), ("evil.example", 403), ("evil.example:9596", 403)] {
        for path in ["/v1/me", "/openapi.json"] {
            let request = Request::get(path).header("host", host).body(Body::empty()).expect("a request");
            assert_eq!(ask(&api, request).status, status, "{host}");
        }
    }
}

#[test]
fn a_change_without_a_token_comes_from_a_page_of_ours() {
    let api = api(Settings::default());
    let json = ("content-type", "application/json");
    let post = |headers: &[(&str, &str)]| ask(&api, request("POST", "/v1/inputs", headers, "{}")).status;
    // 400: it came as far as its body, which is none.
    assert_eq!(post(&[json, ("sec-fetch-site", "same-origin")]), 400);
    assert_eq!(post(&[json, ("origin", "http://localhost:9596")]), 400);
    assert_eq!(post(&[json, ("sec-fetch-site", "cross-site")]), 403);
    assert_eq!(post(&[json, ("origin", "https://evil.example")]), 403);
    assert_eq!(post(&[json]), 403);
    let (_folder, settings) = with_tokens();
    let api = self::api(settings);
    let post = |headers: &[(&str, &str)]| ask(&api, request("POST", "/v1/inputs", headers, "{}")).status;
    assert_eq!(
        post(&[json, ("authorization", "Bearer amys"), ("origin", "https://evil.example")]),
        400,
        "no browser sends a token of itself"
    );
}

#[test]
fn what_is_reported_is_held_against_the_decoder() {
    let api = api(Settings::default());
    let post = |body: &str| {
        let headers = [("content-type", "application/json"), ("sec-fetch-site", "same-origin")];
        ask(&api, request("POST", "/v1/inputs", &headers, body))
    };
    let table = [
        ("", (400, "bad-request", "", "")),
        (r#"{"type": "taks", "time": 1}"#, (400, "bad-request", "/type", "")),
        (r#"{"type": "usage", "time": "2026-09-01T00:00:00Z", "account": "a", "product": "crm"}"#, (400, "bad-request", "/type", "")),
        (r#"{"type": "touchpoint", "time": "2026-09-01T00:00:00Z", "account": "a"}"#, (400, "bad-request", "/kind", "")),
    ];
    for (body, told) in table {
        assert_eq!(post(body).problem(), told, "{body}");
    }
    let large = format!("{{\"type\": \"{}\"}}", "x".repeat(serve::BODY_BYTES_MAX));
    assert_eq!(post(&large).problem(), (413, "too-large", "", ""));
    let good = r#"{"type": "touchpoint", "time": "2026-09-01T00:00:00Z", "account": "a", "kind": "call"}"#;
    let nowhere = post(good);
    assert_eq!(nowhere.problem(), (503, "partition-unowned", "", ""), "where the account is nobody can say");
    assert_eq!(nowhere.headers["retry-after"], "2");
    let form = ask(&api, request("POST", "/v1/inputs", &[("sec-fetch-site", "same-origin"), ("content-type", "text/plain")], good));
    assert_eq!(form.problem(), (400, "bad-request", "content-type", ""));
}

#[test]
fn what_there_is_not_names_what_there_is() {
    let api = api(Settings::default());
    assert_eq!(get(&api, "/v1/partition", &[]).problem(), (404, "not-found", "", "/v1/partitions"));
    assert_eq!(get(&api, "/v1/playbook/rules/usage_dorp", &[]).problem(), (404, "not-found", "rule", "usage_drop"));
    assert_eq!(get(&api, "/v1/me?a=1", &[]).problem(), (400, "bad-request", "a", ""));
    let history = get(&api, "/v1/accounts/a/history?pagesize=3", &[]);
    assert_eq!(history.problem(), (400, "bad-request", "pagesize", "page_size"));
    assert_eq!(get(&api, "/v1/accounts/a/history?page_size=501", &[]).problem(), (400, "bad-request", "page_size", ""));
    let other = ask(&api, request("DELETE", "/v1/me", &[], ""));
    assert_eq!(other.problem(), (405, "method-not-allowed", "", ""));
    assert_eq!(other.headers["allow"], "GET,HEAD");
}

#[test]
fn partitions_and_dead_letters_are_as_the_workers_told() {
    let api = api(Settings { advertise: Some("https://node-1:9596".to_owned()), ..Settings::default() });
    api.board.phase(3, "restoring");
    api.board.note(3, |state| state.restore_remaining = Some(40));
    api.board.dead([DeadLetter {
        topic: "adoption.inputs.v1".into(),
        partition: 3,
        offset: 17,
        reason: "wrong_type",
        pointer: "/time".into(),
        at_ms: 1_700_000_000_000,
    }]);
    assert_eq!(
        get(&api, "/v1/partitions", &[]).body["data"],
        json!([{
            "partition": 3, "owner": {"instance": "node-1", "url": "https://node-1:9596"}, "state": "restoring", "lag": {},
            "restore_remaining": 40,
        }])
    );
    assert_eq!(
        get(&api, "/v1/dead-letters", &[]).body["data"],
        json!([{
            "topic": "adoption.inputs.v1", "partition": 3, "offset": 17, "reason": "wrong_type", "pointer": "/time",
            "time": "2023-11-14T22:13:20Z",
        }])
    );
}

#[test]
fn the_playbook_is_told_with_its_rules() {
    let api = api(Settings::default());
    let playbook = get(&api, "/v1/playbook", &[]).body;
    assert_eq!(playbook["data"]["digest"], api.playbook.digest);
    let rules = playbook["data"]["rules"].as_array().expect("a list").clone();
    assert_eq!(rules.len(), api.playbook.rules.len());
    for rule in rules {
        let name = rule["rule"].as_str().expect("a name");
        let told = get(&api, &format!("/v1/playbook/rules/{name}"), &[]).body["data"].clone();
        assert_eq!(told["kind"], rule["kind"]);
        let written = format!("  open {}", told["open"].as_str().expect("a condition"));
        assert!(told["definition"].as_array().expect("lines").contains(&json!(written)), "{told}");
    }
}

#[test]
fn only_so_many_are_answered_at_once_and_each_is_counted() {
    let api = api(Settings { max_requests: 1, max_streams: 0, ..Settings::default() });
    assert_eq!(get(&api, "/v1/me", &[]).status, 200);
    let busy = api.permits.try_acquire().expect("nobody is here");
    let refused = get(&api, "/v1/me", &[]);
    assert_eq!(refused.problem(), (429, "too-busy", "", ""));
    assert_eq!(refused.headers["retry-after"], "1");
    drop(busy);
    assert_eq!(get(&api, "/v1/changes", &[]).problem(), (429, "too-busy", "", ""));
    get(&api, "/v1/nowhere", &[]);
    let text = api.metrics.render(&api.health, 0);
    for line in [
        "adoption_api_requests_total{route=\"/v1/me\",status=\"200\"} 1",
        "adoption_api_requests_total{route=\"/v1/me\",status=\"429\"} 1",
        "adoption_api_requests_total{route=\"none\",status=\"404\"} 1",
        "adoption_api_request_duration_seconds_count{route=\"/v1/me\"} 2",
        "adoption_api_streams 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line:?} should be in:\n{text}");
    }
}

/// A key, and a certificate of it for a name, signed by the issuer or by itself.
fn certificate(name: &str, issuer: Option<&(PKey<Private>, X509)>) -> (PKey<Private>, X509) {
    let key = PKey::from_rsa(Rsa::generate(2048).expect("a key")).expect("a key");
    let mut subject = X509NameBuilder::new().expect("a name");
    subject.append_entry_by_text("CN", name).expect("a name");
    let subject = subject.build();
    let mut made = X509::builder().expect("a certificate");
    made.set_version(2).expect("version 3");
    let serial = BigNum::from_u32(name.len() as u32).and_then(|number| number.to_asn1_integer()).expect("a number");
    made.set_serial_number(&serial).expect("a number");
    made.set_subject_name(&subject).expect("a name");
    made.set_issuer_name(issuer.map_or(&subject, |(_, certificate)| certificate.subject_name())).expect("a name");
    made.set_pubkey(&key).expect("a key");
    made.set_not_before(&Asn1Time::days_from_now(0).expect("now")).expect("a time");
    made.set_not_after(&Asn1Time::days_from_now(1).expect("tomorrow")).expect("a time");
    if issuer.is_none() {
        made.append_extension(BasicConstraints::new().critical().ca().build().expect("an extension")).expect("an extension");
    } else {
        let names = SubjectAlternativeName::new().dns("localhost").build(&made.x509v3_context(None, None)).expect("an extension");
        made.append_extension(names).expect("an extension");
    }
    made.sign(issuer.map_or(&key, |(key, _)| key), MessageDigest::sha256()).expect("a signature");
    (key, made.build())
}

struct Authority {
    folder: tempfile::TempDir,
    own: (PKey<Private>, X509),
}

impl Authority {
    fn new() -> Self {
        let (folder, own) = (tempfile::tempdir().expect("a temporary folder"), certificate("an authority", None));
        std::fs::write(folder.path().join("ca.pem"), own.1.to_pem().expect("PEM")).expect("the folder is there");
        Self { folder, own }
    }

    /// Files `NAME.pem` and `NAME.key`.
    fn certify(&self, name: &str) {
        let (key, certificate) = certificate(name, Some(&self.own));
        std::fs::write(self.path(&format!("{name}.pem")), certificate.to_pem().expect("PEM")).expect("the folder is there");
        std::fs::write(self.path(&format!("{name}.key")), key.private_key_to_pem_pkcs8().expect("PEM")).expect("the folder is there");
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

/// Status and body of `GET /v1/me`; the error of TLS where it came to none.
fn over_tls(
    authority: &Authority,
    address: std::net::SocketAddr,
    shown: Option<(&Authority, &str)>,
) -> std::result::Result<(u16, Value), String> {
    use std::io::{Read, Write};
    let mut connector = SslConnector::builder(SslMethod::tls_client()).expect("a connector");
    connector.set_ca_file(authority.path("ca.pem")).expect("a CA");
    if let Some((authority, name)) = shown {
        connector.set_certificate_file(authority.path(&format!("{name}.pem")), SslFiletype::PEM).expect("a certificate");
        connector.set_private_key_file(authority.path(&format!("{name}.key")), SslFiletype::PEM).expect("a key");
    }
    let stream = std::net::TcpStream::connect(address).map_err(|error| error.to_string())?;
    let mut stream = connector.build().connect("localhost", stream).map_err(|error| error.to_string())?;
    let asked = write!(stream, "GET /v1/me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    asked.map_err(|error| error.to_string())?;
    let mut answer = String::new();
    // With TLS 1.3 a server refuses a certificate only after the client thinks that all is well.
    stream.read_to_string(&mut answer).map_err(|error| error.to_string())?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("no status")?;
    let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
    Ok((status, serde_json::from_str(body).unwrap_or_default()))
}

#[test]
fn a_certificate_says_who_asks_and_new_ones_are_taken_without_a_restart() {
    let (authority, other) = (Authority::new(), Authority::new());
    ["server", "crm-sync", "stranger"].iter().for_each(|name| authority.certify(name));
    other.certify("crm-sync");
    std::fs::write(authority.path("tokens"), tokens()).expect("the folder is there");
    let settings = Settings {
        listen: "127.0.0.1:0".to_owned(),
        tls_certificate_location: Some(authority.path("server.pem")),
        tls_key_location: Some(authority.path("server.key")),
        client_ca_location: Some(authority.path("ca.pem")),
        tokens_file: Some(authority.path("tokens")),
        ..Settings::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let listener = listener::Listener::bind(&settings, None).expect("good certificates").expect("it listens");
    let address = listener.address;
    let api = api(settings);
    listener.serve(runtime.handle(), Arc::clone(&api)).expect("it serves");
    let (status, me) = over_tls(&authority, address, Some((&authority, "crm-sync"))).expect("TLS");
    assert_eq!((status, &me["data"]["principal"], &me["data"]["by"]), (200, &json!("crm"), &json!("certificate")));
    assert_eq!(me["data"]["scopes"], json!(["read", "write"]));
    let (status, me) = over_tls(&authority, address, Some((&authority, "stranger"))).expect("TLS");
    assert_eq!((status, &me["data"]["principal"], &me["data"]["scopes"]), (200, &json!("stranger"), &json!([])));
    assert_eq!(over_tls(&authority, address, None).map(|(status, _)| status), Ok(401), "who has none may bring a token");
    assert!(over_tls(&authority, address, Some((&other, "crm-sync"))).is_err(), "another authority's");
    assert!(over_tls(&other, address, None).is_err(), "the server's certificate is this authority's");

    // The server's certificate is another authority's from now on.
    other.certify("server");
    for name in ["server.pem", "server.key"] {
        std::fs::copy(other.path(name), authority.path(name)).expect("both folders are there");
    }
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while over_tls(&other, address, None).is_err() {
        assert!(std::time::Instant::now() < deadline, "the new certificate is not taken");
        std::thread::sleep(Duration::from_millis(50));
    }
    api.health.set_draining();
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while std::net::TcpStream::connect(address).is_ok() {
        assert!(std::time::Instant::now() < deadline, "it listens although the service stops");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_listener_that_cannot_be_is_refused_with_its_setting() {
    let authority = Authority::new();
    authority.certify("server");
    authority.certify("other");
    let tls = |certificate: &str, key: &str| Settings {
        listen: "127.0.0.1:0".to_owned(),
        tls_certificate_location: Some(authority.path(certificate)),
        tls_key_location: Some(authority.path(key)),
        ..Settings::default()
    };
    let refused = |settings: &Settings| {
        let error = listener::Listener::bind(settings, None).err().expect("it should be refused");
        format!("{error:#}")
    };
    assert!(refused(&tls("none.pem", "server.key")).starts_with("api.tls_certificate_location: "));
    assert!(refused(&tls("server.pem", "other.key")).starts_with("api.tls_key_location: "), "it is not the key of the certificate");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let listen = taken.local_addr().expect("it is bound").to_string();
    assert!(refused(&Settings { listen, ..Settings::default() }).starts_with("api.listen: "));
    assert!(listener::Listener::bind(&Settings { listen: String::new(), ..Settings::default() }, None).expect("no API").is_none());
    let checked = |settings: Settings| check(&settings).map_err(|error| format!("{error:#}"));
    assert_eq!(checked(tls("server.pem", "server.key")), Ok(()));
    assert!(checked(tls("server.pem", "other.key")).expect_err("as a start would").starts_with("api.tls_key_location: "));
    let tokens = Settings { tokens_file: Some(authority.path("none")), ..Settings::default() };
    assert!(checked(tokens.clone()).expect_err("there is no such file").starts_with("api.tokens_file: "));
    assert_eq!(checked(Settings { listen: String::new(), ..tokens }), Ok(()), "what there is not needs nothing");
}

#[test]
fn the_document_has_every_route_and_only_what_is_told_of() {
    let document = get(&api(Settings::default()), "/openapi.json", &[]).body;
    for route in routes::table() {
        let method = match route.method {
            route::Method::Get => "get",
            route::Method::Post => "post",
        };
        let operation = &document["paths"][route.path][method];
        if route.needs == route::Needs::Peer {
            assert_eq!(operation, &Value::Null, "{} is for the group alone", route.path);
            continue;
        }
        assert_eq!(operation["operationId"], route.id);
        assert!(!route.summary.is_empty() && !route.doc.is_empty(), "{} says nothing", route.path);
        let of_path = route.path.matches('{').count();
        let parameters = operation["parameters"].as_array().expect("a list");
        assert_eq!(parameters.iter().filter(|parameter| parameter["in"] == "path").count(), of_path, "{}", route.path);
        assert!(parameters.iter().all(|parameter| parameter["description"].is_string()), "{}", route.path);
    }
}
