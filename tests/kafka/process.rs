//! Child processes that never outlive the test process, however that ends.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

type Order = (Command, mpsc::Sender<std::io::Result<Child>>);

/// Starts `command` so that the kernel kills it when the test process ends, also by SIGKILL or Ctrl-C.
///
/// The kernel's parent-death signal is bound to the *thread* that forked, and a test's thread ends with its test. So all
/// children are forked by one thread that lives as long as the process.
pub fn spawn_guarded(mut command: Command) -> Result<Child> {
    static NURSERY: OnceLock<Mutex<mpsc::Sender<Order>>> = OnceLock::new();
    let nursery = NURSERY.get_or_init(|| {
        let (orders, inbox) = mpsc::channel::<Order>();
        thread::Builder::new()
            .name("nursery".into())
            .spawn(move || {
                for (mut command, reply) in inbox {
                    // A receiver that has given up leaves the child to its own drop.
                    let _ = reply.send(command.spawn());
                }
            })
            .expect("the system has room for one more thread");
        Mutex::new(orders)
    });
    #[cfg(target_os = "linux")]
    // SAFETY: prctl is async-signal-safe, and the closure touches no memory of the parent.
    unsafe {
        command.pre_exec(|| match libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        });
    }
    let program = command.get_program().to_string_lossy().into_owned();
    let (reply, answer) = mpsc::channel();
    nursery.lock().expect("the nursery's sender is never poisoned").send((command, reply)).expect("the nursery never ends");
    answer.recv().expect("the nursery answers every order").with_context(|| format!("cannot start {program}"))
}

/// Sends `signal` to this one child.
pub fn signal(child: &Child, signal: i32) -> Result<()> {
    // SAFETY: the child has not been reaped (`wait` takes it by `&mut`), so its pid is still its own.
    let status = unsafe { libc::kill(child.id() as libc::pid_t, signal) };
    ensure!(status == 0, "signal {signal} to process {}: {}", child.id(), std::io::Error::last_os_error());
    Ok(())
}

/// Waits for the child's end, at most `limit`.
pub fn wait_at_most(child: &mut Child, limit: Duration) -> Result<ExitStatus> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() >= deadline {
            bail!("process {} is still running after {limit:?}", child.id());
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// A TCP port that is free now, and given to nobody else in this test process.
pub fn free_port() -> Result<u16> {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let port = TcpListener::bind("127.0.0.1:0").context("no free port on the loopback address")?.local_addr()?.port();
        if GIVEN.lock().expect("no holder of this lock panics").insert(port) {
            return Ok(port);
        }
    }
}

/// The last lines of a log file, for the report of a failed test.
pub fn tail(path: &std::path::Path, lines: usize) -> String {
    let text =
        std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_else(|error| format!("(no log: {error})"));
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
