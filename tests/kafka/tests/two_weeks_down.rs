//! After two weeks of standstill the backlog is unread, not silent: no usage has dropped.

use std::time::Duration;

use anyhow::ensure;

use crate::outputs::{Channel, Outputs};
use crate::scenario::{Options, Playbook, on_shared_broker};
use crate::stream::{DAY_MS, HOUR_MS, MINUTE_MS, now_ms};

#[test]
fn two_weeks_down() {
    let options = Options { accounts: 80, playbook: Playbook::Shipped, broken_per_mille: 0, ..Options::default() };
    on_shared_broker("two_weeks_down", options, |scenario| {
        let now = now_ms();
        let outage = now - 14 * DAY_MS;
        let before = scenario.stream().steady(now - 60 * DAY_MS, outage - 30 * MINUTE_MS);
        // The half hour after the outage's begin is the test's own: the service's clock runs on meanwhile.
        let during = scenario.stream().steady(outage + 30 * MINUTE_MS, now - HOUR_MS);
        scenario.create_topics()?;

        scenario.write(&before)?;
        scenario.wall_clock_offset_ms = -14 * DAY_MS;
        let service = scenario.start("a")?;
        scenario.wait_caught_up(Duration::from_secs(60))?;
        service.terminate()?;
        ensure!(drops(scenario.published()?) == 0, "no drop before the outage");

        // The danger is real: to whoever reads no further, usage has dropped.
        let silence = drops(&scenario.replayed_until(now_ms())?);
        ensure!(silence > 0, "the test proves nothing: two weeks of silence open no alert");

        scenario.write(&during)?;
        scenario.wall_clock_offset_ms = 0;
        let service = scenario.start("a")?;
        scenario.conclude(vec![service])?;
        let false_alerts = drops(scenario.published()?);
        ensure!(false_alerts == 0, "{false_alerts} usage drops were reported after an outage");
        println!("two_weeks_down: no alert; a clock ahead of the backlog would have opened {silence}");
        Ok(())
    });
}

fn drops(outputs: &Outputs) -> usize {
    outputs
        .iter()
        .filter(|((channel, _), _)| *channel == Channel::Alerts)
        .flat_map(|(_, alerts)| alerts)
        .filter(|alert| alert.data["rule"] == "usage_drop")
        .count()
}
