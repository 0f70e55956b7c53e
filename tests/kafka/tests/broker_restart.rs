//! The broker dies and comes back. The service is not restarted by anybody.

use std::thread;
use std::time::Duration;

use crate::scenario::{Options, on_own_broker};
use crate::tests::crashes::{prepare, rate};

#[test]
fn broker_restart() {
    on_own_broker("broker_restart", Options::default(), |scenario, broker| {
        prepare(scenario, 30_000)?;
        let mut services = vec![scenario.start("a")?, scenario.start("b")?];
        for service in &mut services {
            service.wait_ready(Duration::from_secs(60))?;
        }
        let feeder = scenario.feed(rate() / 2)?;
        // SIGKILL, not SIGTERM: Kafka 4.3.1 may lose a commit marker in a controlled shutdown (KAFKA-20734), and a test of
        // this service is no test of that.
        for away in [Duration::ZERO, Duration::from_secs(8)] {
            thread::sleep(Duration::from_secs(3));
            broker.kill()?;
            thread::sleep(away);
            broker.start_again()?;
            println!("broker_restart: back after {away:?}; {} events so far", feeder.written());
        }
        thread::sleep(Duration::from_secs(3));
        let fed = scenario.stop_feeding(feeder)?;
        println!("broker_restart: {fed} events were written meanwhile");
        for service in &mut services {
            service.expect_running()?;
        }
        scenario.conclude(services)
    });
}
