//! The network fails, the broker does not: connections break in the middle of anything, and answers are lost, so that the
//! service does not learn whether a commit took place.

use std::thread;
use std::time::Duration;

use crate::scenario::{Options, on_own_broker};
use crate::stream::Random;
use crate::tests::crashes::{prepare, rate};

#[test]
fn connections_cut() {
    on_own_broker("connections_cut", Options::default(), |scenario, _| {
        const CUTS: usize = 14;
        let mut random = Random::new(scenario.seed ^ 14);
        prepare(scenario, 30_000)?;
        let proxy = scenario.relay_services(Duration::from_millis(5))?;
        let mut services = vec![scenario.start("a")?, scenario.start("b")?];
        for service in &mut services {
            service.wait_ready(Duration::from_secs(60))?;
        }
        let feeder = scenario.feed(rate())?;
        for cut in 0..CUTS {
            thread::sleep(Duration::from_millis(random.between(300, 2200) as u64));
            if cut % 2 == 0 {
                proxy.cut();
            } else {
                // From one commit's time to almost a session's.
                proxy.swallow_answers(Duration::from_millis(*random.pick(&[30, 150, 500, 4000])));
            }
        }
        let fed = scenario.stop_feeding(feeder)?;
        println!("connections_cut: {CUTS} cuts while {fed} events were written");
        for service in &mut services {
            service.expect_running()?;
        }
        scenario.conclude(services)
    });
}
