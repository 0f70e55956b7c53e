//! Processes that come and go in good order, under load.

use std::thread;
use std::time::Duration;

use anyhow::Context;

use crate::scenario::{Options, on_shared_broker};
use crate::service::SESSION_TIMEOUT;
use crate::tests::crashes::{prepare, rate};

#[test]
fn join_and_leave() {
    let options = Options { partitions: 6, ..Options::default() };
    on_shared_broker("join_and_leave", options, |scenario| {
        const INSTANCES: [&str; 3] = ["a", "b", "c"];
        const ROUNDS: usize = 9;
        prepare(scenario, 30_000)?;

        let mut running = vec![Some(scenario.start("a")?), None, None];
        let feeder = scenario.feed(rate())?;
        for round in 0..ROUNDS {
            // Joins come one after the other and all at once; a member leaves while another is joining.
            let joining = (round + 1) % INSTANCES.len();
            if running[joining].is_none() {
                running[joining] = Some(scenario.start(INSTANCES[joining])?);
            }
            thread::sleep(Duration::from_millis([300, 1500, 2500][round % 3]));
            let leaving = round % INSTANCES.len();
            if let Some(service) = running[leaving].take() {
                service.terminate()?;
            }
            // A static member that left keeps its partitions until its session ends; some rounds wait for that.
            if round % 4 == 3 {
                thread::sleep(SESSION_TIMEOUT + Duration::from_secs(1));
            }
        }
        for (slot, instance) in running.iter_mut().zip(INSTANCES) {
            if slot.is_none() {
                *slot = Some(scenario.start(instance)?);
            }
        }
        thread::sleep(Duration::from_secs(2));
        let fed = scenario.stop_feeding(feeder)?;
        println!("join_and_leave: {ROUNDS} rounds while {fed} events were written");
        let mut services = Vec::new();
        for slot in running {
            services.push(slot.context("all three run at the end")?);
        }
        scenario.conclude(services)
    });
}
