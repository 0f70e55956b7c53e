//! `deliver`: outputs to Slack and to endpoints of others, until it is asked to stop.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::anyhow;

use super::{DeliverArgs, load_playbook};
use crate::deliver::Delivery;
use crate::ops::logs;
use crate::service::stop_on_signal;

pub(super) fn execute(args: DeliverArgs) -> anyhow::Result<()> {
    let settings = args.settings.load()?;
    logs::init(settings.log.format, &settings.log.level)?;
    let playbook =
        load_playbook(settings.playbook.as_deref()).map_err(|problems| anyhow!("the playbook cannot be used:\n{}", problems.join("\n")))?;
    let delivery = Delivery::new(settings, Arc::new(playbook));
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_signal(&stop, &delivery.health)?;
    delivery.run(&stop)
}
