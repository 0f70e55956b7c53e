//! A receiver of webhooks, as others would write one: it checks signatures, and fails now and then.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use adoption_tracker::random::Random;
use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::MessageDigest;
use openssl::memcmp;
use openssl::pkey::PKey;
use openssl::sign::Signer;

/// Bytes that both sides know.
pub const SECRET: &[u8; 32] = b"known to the sender and to these";

/// What came by one request, and what was made of it.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    /// `webhook-id`, where there is one.
    pub id: String,
    pub body: String,
    /// Taken: the receiver has it, whether the sender heard of that or not.
    pub taken: bool,
}

/// Whose id begins so is refused for good: a sixteenth of all.
pub fn is_refused(id: &str) -> bool {
    id.starts_with('0')
}

pub struct Receiver {
    port: u16,
    received: Arc<Mutex<Vec<Received>>>,
    /// What is wrong with requests, a sentence each.
    wrong: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    /// Under `/hooks` signed requests, under `/slack` messages.
    pub fn start(seed: u64) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let (received, wrong) = (Arc::<Mutex<Vec<Received>>>::default(), Arc::<Mutex<Vec<String>>>::default());
        let random = Arc::new(Mutex::new(Random::new(seed)));
        let (all, problems) = (received.clone(), wrong.clone());
        thread::Builder::new().name("receiver".into()).spawn(move || {
            for stream in listener.incoming().flatten() {
                let (all, problems, random) = (all.clone(), problems.clone(), random.clone());
                thread::spawn(move || {
                    if let Err(error) = answer(&stream, &all, &random) {
                        problems.lock().expect("nobody panics with it").push(format!("{error:#}"));
                    }
                });
            }
        })?;
        Ok(Self { port, received, wrong })
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// So far, in the order in which they came, by path.
    pub fn received(&self, path: &str) -> Vec<Received> {
        self.received.lock().expect("nobody panics with it").iter().filter(|request| request.path == path).cloned().collect()
    }

    /// Fails where a request was not as it should be.
    pub fn expect_good(&self) -> Result<()> {
        let wrong = self.wrong.lock().expect("nobody panics with it");
        ensure!(wrong.is_empty(), "{} bad requests, the first: {}", wrong.len(), wrong[0]);
        Ok(())
    }
}

fn answer(stream: &TcpStream, all: &Mutex<Vec<Received>>, random: &Mutex<Random>) -> Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    // A sender that was killed leaves half a request, which is nobody's fault.
    let Ok((path, headers, body)) = read(stream) else { return Ok(()) };
    let header = |name: &str| headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let id = header("webhook-id").to_owned();
    if path == "/hooks" {
        check(&id, header("webhook-timestamp"), header("webhook-signature"), &body)?;
        ensure!(header("content-type").starts_with("application/cloudevents+json"), "content-type {:?}", header("content-type"));
    }
    let body = String::from_utf8(body)?;
    let chance = random.lock().expect("nobody panics with it").below(100);
    let (taken, status) = match chance {
        _ if is_refused(&id) => (false, Some("400 Bad Request")),
        0..2 => (false, Some("500 Internal Server Error")),
        2 => (false, Some("429 Too Many Requests\r\nRetry-After: 1")),
        3 => (false, None),
        // It has it, and the sender does not hear of that.
        4 => (true, None),
        5 => (true, Some("502 Bad Gateway")),
        _ => (true, Some("204 No Content")),
    };
    all.lock().expect("nobody panics with it").push(Received { path, id, body, taken });
    if let Some(status) = status {
        let mut stream = stream;
        // Whoever asked may have been killed.
        let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    Ok(())
}

type Headers = Vec<(String, String)>;

fn read(stream: &TcpStream) -> Result<(String, Headers, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).context("a request line")?.to_owned();
    let mut headers = Headers::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').context("a header")?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").context("a length")?.1.parse()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((path, headers, body))
}

/// As the specification says it, by itself.
fn check(id: &str, timestamp: &str, signatures: &str, body: &[u8]) -> Result<()> {
    let age = jiff::Timestamp::now().as_second() - timestamp.parse::<i64>().context("webhook-timestamp")?;
    ensure!((-5..=60).contains(&age), "a timestamp of {age} s ago");
    let key = PKey::hmac(SECRET)?;
    let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
    signer.update(format!("{id}.{timestamp}.").as_bytes())?;
    signer.update(body)?;
    let expected = format!("v1,{}", STANDARD.encode(signer.sign_to_vec()?));
    let good = |found: &str| found.len() == expected.len() && memcmp::eq(found.as_bytes(), expected.as_bytes());
    ensure!(signatures.split(' ').any(good), "{id}: no signature of {signatures:?} is {expected}");
    Ok(())
}
