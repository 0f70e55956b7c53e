//! The broker dies and comes back. The service is not restarted by anybody.
//!
//! Apache Kafka 4.3.1 on a single node loses transaction markers in its restart. After a kill it is the transaction
//! coordinator again at once, by its last metadata, while the controller still waits for the old session's end and then
//! takes the leader from every partition. A marker that falls due in these seconds finds no leader ("these partitions are
//! likely deleted already and hence can be skipped", says the broker's log); the coordinator notes the transaction as
//! complete, and the partition stays open for ever. This is a test of the service, not of that, so no marker falls due:
//! - No transaction is between its end's request and its markers when the broker dies: the services are frozen a moment
//!   before, wherever they are. (What a lost answer does to a commit is the subject of `connections_cut`.)
//! - None times out meanwhile: the transaction timeout is longer than the outage.

use std::thread;
use std::time::Duration;

use crate::scenario::{Options, on_own_broker};
use crate::tests::crashes::{prepare, rate};

#[test]
fn broker_restart() {
    on_own_broker("broker_restart", Options::default(), |scenario, broker| {
        // Below the watchdog's timeout, as the settings must be.
        scenario.transaction_timeout = Duration::from_secs(45);
        prepare(scenario, 30_000)?;
        let mut services = vec![scenario.start("a")?, scenario.start("b")?];
        for service in &mut services {
            service.wait_ready(Duration::from_secs(60))?;
        }
        let feeder = scenario.feed(rate() / 2)?;
        for away in [Duration::ZERO, Duration::from_secs(8)] {
            thread::sleep(Duration::from_secs(3));
            for service in &services {
                service.freeze()?;
            }
            thread::sleep(Duration::from_millis(700));
            broker.kill()?;
            for service in &services {
                service.thaw()?;
            }
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
