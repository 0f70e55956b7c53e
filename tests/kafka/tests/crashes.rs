//! Processes that are killed, or that sleep past everything they held.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::scenario::{Options, Scenario, on_own_broker, on_shared_broker, sixty_days};
use crate::service::{SESSION_TIMEOUT, Service, TRANSACTION_TIMEOUT};
use crate::stream::Random;

/// Live events a second.
pub fn rate() -> u64 {
    from_environment("ADOPTION_RATE", 2000)
}

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

/// Topics, and a backlog of two months that lies there before the first start.
pub fn prepare(scenario: &mut Scenario, events: usize) -> Result<()> {
    scenario.create_topics()?;
    let (from, to) = sixty_days();
    let backlog = scenario.stream().backlog(events, from, to);
    scenario.write(&backlog)
}

#[test]
fn kill_nine() {
    on_shared_broker("kill_nine", Options::default(), |scenario| {
        const INSTANCES: [&str; 2] = ["a", "b"];
        let kills = from_environment("ADOPTION_KILLS", 20);
        let mut random = Random::new(scenario.seed ^ 9);
        prepare(scenario, 60_000)?;
        // A commit is several requests. On the loopback they take a few milliseconds, between which hardly a kill would fall.
        let _relay = scenario.relay_services(Duration::from_millis(30))?;

        let mut running = Vec::new();
        for instance in INSTANCES {
            running.push(Some(scenario.start(instance)?));
        }
        let feeder = scenario.feed(rate())?;
        for kill in 1..=kills {
            let victim = random.between(0, 1) as usize;
            let mut service = running[victim].take().context("both run between kills")?;
            // Most die at work, in whatever part of a commit; some while they start or restore.
            if random.percent(75) {
                service.wait_ready(Duration::from_secs(30))?;
            }
            thread::sleep(Duration::from_millis(random.between(50, 1500) as u64));
            service.kill_nine()?;
            if kill % 7 == 0 {
                // Now and then it is away for so long that the other gets its partitions.
                thread::sleep(SESSION_TIMEOUT + Duration::from_millis(1500));
            }
            running[victim] = Some(scenario.start(INSTANCES[victim])?);
        }
        let fed = scenario.stop_feeding(feeder)?;
        println!("kill_nine: {kills} kills while {fed} events were written");
        scenario.conclude(running.into_iter().flatten().collect())
    });
}

#[test]
fn paused_beyond_session() {
    on_own_broker("paused_beyond_session", Options::default(), |scenario, _| {
        prepare(scenario, 30_000)?;
        // Slow requests, so that it falls asleep in the middle of a commit more often than not.
        let _relay = scenario.relay_services(Duration::from_millis(30))?;
        let mut sleeper = scenario.start("a")?;
        let mut other = scenario.start("b")?;
        sleeper.wait_ready(Duration::from_secs(60))?;
        other.wait_ready(Duration::from_secs(60))?;
        let feeder = scenario.feed(rate())?;
        thread::sleep(Duration::from_secs(2));

        // Once its session is over but its transaction may live; once both are over.
        let margin = Duration::from_secs(2);
        for pause in [SESSION_TIMEOUT + margin, SESSION_TIMEOUT + TRANSACTION_TIMEOUT + margin] {
            sleeper.freeze()?;
            thread::sleep(pause);
            sleeper.thaw()?;
            println!("paused_beyond_session: woken after {pause:?}");
            thread::sleep(Duration::from_secs(4));
            // It may have decided to end: a successor is then an operator's next step.
            if let Some(status) = sleeper.ended()? {
                println!("paused_beyond_session: the woken process ended with {status}; it is started again");
                sleeper = scenario.start("a")?;
            }
        }
        let fed = scenario.stop_feeding(feeder)?;
        println!("paused_beyond_session: {fed} events were written meanwhile");
        scenario.conclude(vec![sleeper, other])
    });
}

/// Each of its workers has partitions, and another process will have to be given some of them.
fn holds_partitions(service: &Service) -> Result<()> {
    for worker in 0..2 {
        service.wait_logged(&format!("restored and running worker={worker}"), Duration::from_secs(60))?;
    }
    Ok(())
}

/// Asleep in the middle of a rebalance, and awake when others have had its partitions: librdkafka then joins the group as if it had them
/// still, and the group accepts what it commits.
#[test]
fn asleep_within_a_rebalance() {
    on_own_broker("asleep_within_a_rebalance", Options::default(), |scenario, _| {
        prepare(scenario, 30_000)?;
        // A commit takes a fifth of a second.
        let _relay = scenario.relay_services(Duration::from_millis(30))?;
        let mut sleeper = scenario.start("a")?;
        holds_partitions(&sleeper)?;
        let feeder = scenario.feed(rate())?;
        thread::sleep(Duration::from_secs(1));
        let mut other = scenario.start("b")?;
        sleeper.wait_logged(": revoked ", Duration::from_secs(30))?;
        // Before the commit, in it, or behind it and on the way back into the group.
        let after = Random::new(scenario.seed).between(0, 250) as u64;
        println!("asleep_within_a_rebalance: {after} ms after its partitions were asked back");
        thread::sleep(Duration::from_millis(after));
        sleeper.freeze()?;
        thread::sleep(SESSION_TIMEOUT + Duration::from_secs(4));
        other.wait_ready(Duration::from_secs(60))?;
        sleeper.thaw()?;
        thread::sleep(Duration::from_secs(4));
        scenario.stop_feeding(feeder)?;
        sleeper.expect_running()?;
        scenario.conclude(vec![sleeper, other])
    });
}

/// Killed when it has been asked for partitions and has not yet come back to say that they are free; started again within its session, it
/// is given the same assignment as before, and nobody is given those partitions.
#[test]
fn killed_within_a_rebalance() {
    on_own_broker("killed_within_a_rebalance", Options::default(), |scenario, _| {
        prepare(scenario, 30_000)?;
        let _relay = scenario.relay_services(Duration::from_millis(30))?;
        let victim = scenario.start("a")?;
        holds_partitions(&victim)?;
        let feeder = scenario.feed(rate())?;
        let other = scenario.start("b")?;
        victim.wait_logged(": revoked ", Duration::from_secs(30))?;
        victim.kill_nine()?;
        let successor = scenario.start("a")?;
        thread::sleep(Duration::from_secs(1));
        scenario.stop_feeding(feeder)?;
        scenario.conclude(vec![successor, other])
    });
}
