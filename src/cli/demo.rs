//! `demo`: the service on synthetic customers.

use super::DemoArgs;
use crate::demo::{Options, run};

pub(super) fn execute(args: DemoArgs) -> anyhow::Result<()> {
    run(Options { accounts: args.accounts as usize, speed: args.speed, seconds: args.seconds, stay: args.stay })
}
