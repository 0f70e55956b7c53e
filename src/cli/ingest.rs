//! `ingest`: records of others' topics to the input topic, until it is asked to stop.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::IngestArgs;
use crate::ingest::Ingestion;
use crate::ops::logs;
use crate::service::stop_on_signal;

pub(super) fn execute(args: IngestArgs) -> anyhow::Result<()> {
    let settings = args.settings.load()?;
    logs::init(settings.log.format, &settings.log.level)?;
    let ingestion = Ingestion::new(settings)?;
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_signal(&stop, &ingestion.health)?;
    ingestion.run(&stop)
}
