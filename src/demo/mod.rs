//! The demo: the service as `run` starts it, on a broker in this process, with customers whose months pass in a minute.
//!
//! ```text
//!   customers ──► feed ──► mock broker ──► service (real workers) ──► mock broker ──► subscriber ──► table, or lines
//!                   ▲                         ▲
//!                   └───────── pace ──────────┘   one fast clock for both
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`story`] | seven stories of customers, as data |
//! | [`customers`] | the events of all accounts in the order of time; also for benches and tests |
//! | `names` | companies that do not exist |
//! | `pace` | how fast, from when to when |
//! | `broker`, `feed` | librdkafka's mock broker; the thread that produces |
//! | `output`, `subscriber` | what a `read_committed` consumer reads, as lines for people |
//! | `board`, `screen`, `lines`, `summary` | what is shown |
//! | `logs` | logs that do not disturb the table |

pub mod customers;
pub mod story;

mod board;
mod broker;
mod feed;
mod lines;
mod logs;
mod names;
mod output;
mod pace;
mod screen;
mod subscriber;
mod summary;

use std::ffi::OsString;
use std::io::{self, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, anyhow, bail};

use crate::config::Settings;
use crate::playbook::Playbook;
use crate::service::{Service, connection, stop_on_signal};

use board::{Board, Watch};
use broker::Broker;
use feed::Feed;
use lines::Lines;
use logs::Logs;
use output::Output;
use pace::Pace;
use screen::Screen;
use subscriber::Subscriber;
use summary::Summary;

#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub accounts: usize,
    /// Without it, so fast that the whole story is told in the time there is.
    pub speed: Option<f64>,
    /// Without it, as long as the whole story takes.
    pub seconds: Option<u64>,
    /// Once the story is told, the service runs on until it is interrupted.
    pub stay: bool,
}

/// How long the subscriber is listened to before the rest has its turn.
const TICK: Duration = Duration::from_millis(50);

/// At the end: for what is on its way to come out, and for the boundaries of the last day.
const SETTLE: Duration = Duration::from_secs(8);
const LAST_BOUNDARIES: Duration = Duration::from_millis(400);

/// For the workers to commit and leave.
const STOP: Duration = Duration::from_secs(12);

/// For the last outputs to be read.
const LAST_OUTPUTS: Duration = Duration::from_secs(3);

/// From the beginning of the end to its forced end: more than all of the above.
const FORCED_END: Duration = Duration::from_secs(30);

/// Tells the story, then its summary.
///
/// # Errors
///
/// The settings of the environment are wrong, their address is taken, the service failed or did not stop.
pub fn run(options: Options) -> anyhow::Result<()> {
    let screen = Screen::new();
    let logs = Logs::start(screen.is_some())?;
    let display = screen.map_or_else(|| Display::Lines(Lines::new()), Display::Screen);
    let result = tell(options, display);
    logs.say();
    match result {
        // Whoever read along has gone.
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) => Ok(()),
        result => result,
    }
}

enum Display {
    Screen(Screen),
    Lines(Lines),
}

impl Display {
    fn take(&mut self, output: &Output) {
        if let Display::Lines(lines) = self {
            lines.take(output);
        }
    }

    fn show(&mut self, board: &Board, subscriber: &Subscriber, must: bool) -> io::Result<()> {
        match self {
            Display::Screen(screen) => screen.show(board, subscriber, must),
            Display::Lines(lines) => lines.show(board, &subscriber.tally, must),
        }
    }
}

fn tell(options: Options, mut display: Display) -> anyhow::Result<()> {
    let began = Instant::now();
    let broker = Broker::start()?;
    // After the broker is there: the prelude is for the workers alone.
    let real_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
    let pace = Pace::new(options.speed, options.seconds, real_ms);
    let settings = settings(&broker, &pace)?;
    let topics = connection(&settings).topics;
    broker.create(&topics)?;
    let listener = listen(&settings, "http.listen", &settings.http.listen)?;
    let has_api = !settings.api.listen.is_empty();
    let api_listener = has_api.then(|| listen(&settings, "api.listen", &settings.api.listen)).transpose()?;
    let metrics_url = format!("http://{}/metrics", listener.local_addr().context("asking for the address of the metrics")?);
    let console = api_listener.as_ref().map(address).transpose()?;
    let input = topics.inputs[0].clone();
    if let Some(console) = &console {
        say(&format!("the console is on {console}\n"))?;
    }
    say(&format!(
        "{} accounts on a broker in this process, {:.0} times as fast as real time; metrics on {metrics_url}\n\
         the workers join their group, then {} days are told in {:.0} s; Ctrl-C ends it with the summary\n\n",
        options.accounts,
        pace.speed,
        pace.days,
        pace.lasts.as_secs_f64()
    ))?;

    let playbook = Arc::new(Playbook::shipped());
    let mut watch = Watch::new(pace, &playbook, metrics_url);
    let account_stages = playbook.account_stages.iter().map(|stage| stage.name.clone()).collect();
    let service = Arc::new(
        Service::new(settings, playbook)
            .with_clock(pace.clock)
            .with_listener(listener)
            .with_api_listener(api_listener)
            .without_describing_topics(),
    );
    let interrupted = Arc::new(AtomicBool::new(false));
    stop_on_signal(&interrupted, &service.health)?;
    let mut subscriber = Subscriber::new(&broker.addresses(), &topics, account_stages)?;
    let metrics = Arc::clone(&service.metrics);
    let mut feed = Feed::start(&broker.addresses(), &input, options.accounts, pace, move || board::taken(&metrics))?;
    let stop = Arc::new(AtomicBool::new(false));
    let running = start(&service, &stop)?;

    let mut settled_at: Option<Instant> = None;
    // Who named the seconds gets them; otherwise the story is told to its end, on a slow machine too.
    let patience = if options.seconds.is_some() { SETTLE } else { pace.lasts * 5 + SETTLE };
    let hopeless = began + pace.lasts + patience;
    let mut shown: io::Result<()> = Ok(());
    let mut ended_early = None;
    let mut last_board = watch.look(&service.metrics, &service.directory);
    while shown.is_ok() {
        subscriber.read(TICK, |output| display.take(output));
        last_board = watch.look(&service.metrics, &service.directory);
        shown = display.show(&last_board, &subscriber, false);
        if interrupted.load(Ordering::Relaxed) {
            ended_early = Some("interrupted");
            break;
        }
        if running.is_finished() {
            // What it says comes with its result.
            break;
        }
        if feed.is_finished() && board::taken(&service.metrics) >= feed.produced() {
            let settled_at = settled_at.get_or_insert_with(Instant::now);
            if settled_at.elapsed() > LAST_BOUNDARIES {
                if options.stay {
                    display.show(&last_board, &subscriber, true)?;
                    stay(console.as_deref(), &interrupted, &running, &mut subscriber)?;
                }
                break;
            }
        }
        if !options.stay && Instant::now() > hopeless {
            ended_early = Some("this machine could not keep up; fewer --accounts or a lower --speed help");
            break;
        }
    }

    let is_told = Arc::new(AtomicBool::new(false));
    force_end(&is_told)?;
    let fed = feed.end();
    stop.store(true, Ordering::Relaxed);
    let stopped = join(running, &mut subscriber, &mut display);
    let deadline = Instant::now() + LAST_OUTPUTS;
    while subscriber.tally.outputs() < board::outputs(&service.metrics) && Instant::now() < deadline {
        subscriber.read(TICK, |output| display.take(output));
    }
    shown?;
    // The directory is that of partitions the workers no longer have: the last board keeps what it said.
    last_board.events = board::events(&service.metrics);
    display.show(&last_board, &subscriber, true)?;
    let dead_letters = board::dead_letters(&service.metrics);
    let summary = Summary {
        board: &last_board,
        tally: &subscriber.tally,
        committed: board::outputs(&service.metrics),
        produced: feed.produced(),
        dead_letters: &dead_letters,
        took: began.elapsed(),
        ended_early,
    };
    say(&format!("\n{}", summary::text(&summary)))?;
    is_told.store(true, Ordering::Relaxed);
    stopped?;
    fed
}

/// The story is told, and nothing moves any more: what is reported in the console is still taken in.
fn stay(
    console: Option<&str>,
    interrupted: &AtomicBool,
    running: &JoinHandle<anyhow::Result<()>>,
    subscriber: &mut Subscriber,
) -> anyhow::Result<()> {
    let console = console.unwrap_or("switched off: ADOPTION__API__LISTEN is empty");
    say(&format!("\nthe story is told; the console is on {console}\nCtrl-C ends it with the summary\n"))?;
    while !interrupted.load(Ordering::Relaxed) && !running.is_finished() {
        subscriber.read(TICK, |_| {});
    }
    Ok(())
}

/// Of what listens, as a browser is told it.
fn address(listener: &TcpListener) -> anyhow::Result<String> {
    Ok(format!("http://{}/", listener.local_addr().context("asking for the address of the console")?))
}

/// As `run` would load them, but for the broker; of the environment only what is about HTTP, such as `ADOPTION__HTTP__LISTEN`.
fn settings(broker: &Broker, pace: &Pace) -> anyhow::Result<Settings> {
    let about_http =
        |name: &OsString| ["ADOPTION__HTTP__", "ADOPTION__API__"].iter().any(|begin| name.to_string_lossy().starts_with(begin));
    let environment = std::env::vars_os().filter(|(name, _)| about_http(name));
    let workers = std::thread::available_parallelism().map_or(1, |cores| cores.get().clamp(1, 4));
    let overrides = [
        ("kafka.brokers", broker.addresses()),
        ("kafka.application_id", "adoption-tracker-demo".to_owned()),
        ("kafka.instance_id", "demo".to_owned()),
        ("engine.workers", workers.to_string()),
        ("engine.max_skew_ms", pace.max_skew_ms().to_string()),
    ];
    let overrides = overrides.map(|(key, value)| (key.to_owned(), value));
    Ok(Settings::load_with(None, environment, &overrides)?)
}

/// On the address of a setting; where nobody chose that and it is taken, on any free port.
fn listen(settings: &Settings, setting: &str, address: &str) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(address) {
        Ok(listener) => Ok(listener),
        Err(_) if settings.origin(setting).is_none() => TcpListener::bind("127.0.0.1:0").context("listening on a free port"),
        Err(error) => Err(error).with_context(|| format!("{setting}: {address} cannot be listened on")),
    }
}

fn start(service: &Arc<Service>, stop: &Arc<AtomicBool>) -> anyhow::Result<JoinHandle<anyhow::Result<()>>> {
    let (service, stop) = (Arc::clone(service), Arc::clone(stop));
    let run = move || service.run(&stop);
    std::thread::Builder::new().name("service".to_owned()).spawn(run).context("starting the service's thread")
}

/// Waits for the service a bounded time, reading on meanwhile.
fn join(running: JoinHandle<anyhow::Result<()>>, subscriber: &mut Subscriber, display: &mut Display) -> anyhow::Result<()> {
    let deadline = Instant::now() + STOP;
    while !running.is_finished() {
        if Instant::now() > deadline {
            bail!("the service did not stop within {STOP:?}");
        }
        subscriber.read(TICK, |output| display.take(output));
    }
    running.join().map_err(|_| anyhow!("the service panicked"))?.context("the service ended with an error")
}

/// Closing librdkafka's clients and its mock broker has been seen to hang (rust-rdkafka#509, #517): a show that is over need not wait.
fn force_end(is_told: &Arc<AtomicBool>) -> anyhow::Result<()> {
    let is_told = Arc::clone(is_told);
    let force = move || {
        std::thread::sleep(FORCED_END);
        let status = i32::from(!is_told.load(Ordering::Relaxed));
        // SAFETY: `_exit` takes any status and does not return; destructors may be what hangs.
        unsafe { libc::_exit(status) }
    };
    std::thread::Builder::new().name("forced-end".to_owned()).spawn(force).map(drop).context("starting the thread of the forced end")
}

fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
