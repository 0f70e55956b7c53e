//! `erase`: an account, or a user of one, and proving it.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use super::EraseArgs;
use crate::erase::{Whom, erase, partitions_of, prove};
use crate::kafka::admin::{Admin, plan};
use crate::kafka::reader::Reader;
use crate::service::{connection, wanted};
use crate::topics::Topic;

/// Exit status: something holds the id.
const HELD: u8 = 3;

/// What no topic of ours tells.
const OUTSIDE: &str = "Not seen from here, and to be erased by whoever runs it: copies that subscribers made of outputs, what `deliver` sent to Slack \
                       and to endpoints, mirrors and backups of the topics, logs (the audit log names accounts), files that were replayed or \
                       exported, and the sources of the input, which may send the id again.";

pub(super) fn execute(args: EraseArgs) -> anyhow::Result<ExitCode> {
    let settings = args.settings.load()?;
    let connection = connection(&settings);
    connection.validate()?;
    let whom = Whom { account: args.account, user: args.user };
    // Before anything is asked for.
    whom.record()?;
    let wanted = wanted(&settings)?;
    let plan = plan(&connection.topics, &wanted);
    let admin = Admin::new(&connection).context("making the Kafka client")?;
    let partitions = admin.partitions(&plan)?;
    let of_changelog = partitions.get(connection.topics.name(Topic::Changelog)).copied().unwrap_or_default();
    if !args.only_prove {
        let reader = Reader::new(&connection, 0).context("making the Kafka client")?;
        let holders = partitions_of(&reader, &connection, of_changelog, &whom.account)?;
        if holders.is_empty() {
            println!("there is no account {:?} in the state: nothing was written", whom.account);
        } else {
            for place in erase(&reader, &connection, &whom, &holders, Duration::from_secs(args.within))? {
                println!("erased: {place} is read");
            }
        }
    }
    if !args.prove && !args.only_prove {
        return Ok(ExitCode::SUCCESS);
    }
    let mut settings = admin.settings_of(&plan)?;
    let topics = plan.iter().filter_map(|topic| {
        let settings: BTreeMap<String, String> = settings.remove(&topic.name).unwrap_or_default();
        Some((topic.name.clone(), *partitions.get(&topic.name)?, settings))
    });
    let topics: Vec<_> = topics.collect();
    let reader = Reader::of_all(&connection).context("making the Kafka client")?;
    let held = prove(&reader, &whom, topics)?;
    let told: Vec<String> = held.iter().flat_map(|held| held.told()).collect();
    let id = whom
        .user
        .as_deref()
        .map_or_else(|| format!("account {:?}", whom.account), |user| format!("user {user:?} of account {:?}", whom.account));
    let names: Vec<&str> = held.iter().map(|held| held.topic.as_str()).collect();
    if told.is_empty() {
        println!("nothing holds {id}: read whole were {}", names.join(", "));
    } else {
        println!("{id} is held by");
        told.iter().for_each(|line| println!("  {line}"));
    }
    println!("{OUTSIDE}");
    Ok(if told.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(HELD) })
}
