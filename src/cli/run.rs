//! `run`: the service, until it is asked to stop.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::anyhow;

use super::{RunArgs, load_playbook};
use crate::ops::logs;
use crate::service::{Service, stop_on_signal};

pub(super) fn execute(args: RunArgs) -> anyhow::Result<()> {
    let settings = args.settings.load()?;
    logs::init(settings.log.format, &settings.log.level)?;
    let playbook =
        load_playbook(settings.playbook.as_deref()).map_err(|problems| anyhow!("the playbook cannot be used:\n{}", problems.join("\n")))?;
    let service = Service::new(settings, Arc::new(playbook));
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_signal(&stop, &service.health)?;
    service.run(&stop)
}
