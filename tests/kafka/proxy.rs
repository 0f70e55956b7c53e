//! A TCP relay between the service and the broker, which delays, and loses, what it is told to.
//!
//! The broker's second listener is advertised under the relay's port, so every connection of a client that starts there
//! stays behind it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

pub struct Proxy {
    state: Arc<State>,
}

struct State {
    /// Both ends of every open connection.
    connections: Mutex<Vec<TcpStream>>,
    /// Added to every byte's way, in each direction.
    delay: Duration,
    /// Answers of the broker vanish; requests still arrive.
    swallowing: AtomicBool,
    closed: AtomicBool,
}

impl State {
    fn cut(&self) {
        for stream in self.connections.lock().expect("no holder panics").drain(..) {
            // It may be gone already; then there is nothing to cut.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Proxy {
    /// Relays connections to `port` on to `target`, until dropped. A `delay` makes the time between a request and its answer
    /// long, and so the moments in which something may be half done.
    pub fn start(port: u16, target: u16, delay: Duration) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).context("the relay's port is taken")?;
        let state = Arc::new(State {
            connections: Mutex::new(Vec::new()),
            delay,
            swallowing: AtomicBool::new(false),
            closed: AtomicBool::new(false),
        });
        let shared = state.clone();
        thread::Builder::new().name("proxy".into()).spawn(move || {
            for client in listener.incoming().flatten() {
                if shared.closed.load(Ordering::Relaxed) {
                    break;
                }
                // A broker that refuses closes the client's connection too.
                let _ = relay(client, target, &shared);
            }
        })?;
        Ok(Self { state })
    }

    /// Ends every connection. Those who come again are let in.
    pub fn cut(&self) {
        self.state.cut();
    }

    /// For `time`, the broker gets every request and nobody gets an answer; then every connection ends. Whoever waited for
    /// the outcome of a commit does not learn it.
    pub fn swallow_answers(&self, time: Duration) {
        self.state.swallowing.store(true, Ordering::Relaxed);
        thread::sleep(time);
        self.state.cut();
        self.state.swallowing.store(false, Ordering::Relaxed);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.closed.store(true, Ordering::Relaxed);
        self.state.cut();
    }
}

fn relay(client: TcpStream, target: u16, state: &Arc<State>) -> Result<()> {
    let broker = TcpStream::connect(("127.0.0.1", target))?;
    for stream in [&client, &broker] {
        stream.set_nodelay(true)?;
    }
    {
        let mut connections = state.connections.lock().expect("no holder panics");
        connections.push(client.try_clone()?);
        connections.push(broker.try_clone()?);
    }
    let (from_client, to_client) = (client.try_clone()?, client);
    let (from_broker, to_broker) = (broker.try_clone()?, broker);
    let (requests, answers) = (state.clone(), state.clone());
    pump(from_client, to_broker, state.delay, move || !requests.closed.load(Ordering::Relaxed));
    pump(from_broker, to_client, state.delay, move || !answers.swallowing.load(Ordering::Relaxed));
    Ok(())
}

/// Copies, in threads of its own, until either end closes; what `passes` denies is lost.
fn pump(mut from: TcpStream, mut to: TcpStream, delay: Duration, passes: impl Fn() -> bool + Send + 'static) {
    let (arrivals, departures) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length) = from.read(&mut buffer) {
            if length == 0 || (passes() && arrivals.send((Instant::now() + delay, buffer[..length].to_vec())).is_err()) {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
    });
    thread::spawn(move || {
        for (due, bytes) in departures {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}
