//! `topics create` and `topics check`.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::{TopicsAction, TopicsArgs};
use crate::kafka::admin::{Admin, Creation, plan};
use crate::service::{connection, wanted};

const CREATED_WITHIN: Duration = Duration::from_secs(10);

pub(super) fn execute(args: TopicsArgs) -> anyhow::Result<()> {
    let (create, settings) = match args.action {
        TopicsAction::Create(settings) => (true, settings.load()?),
        TopicsAction::Check(settings) => (false, settings.load()?),
    };
    let connection = connection(&settings);
    connection.validate()?;
    let wanted = wanted(&settings)?;
    let plan = plan(&connection.topics, &wanted);
    let admin = Admin::new(&connection).context("making the Kafka client")?;
    let mut created = Vec::new();
    if create {
        let mut failed = 0;
        for (topic, creation) in admin.create(&plan, &wanted).context("creating the topics")? {
            match creation {
                Creation::Created => {
                    println!("{topic}: created");
                    created.push(topic);
                }
                Creation::Existed => println!("{topic}: exists"),
                Creation::Failed(reason) => {
                    failed += 1;
                    println!("{topic}: failed: {reason}");
                }
            }
        }
        if failed > 0 {
            bail!("{failed} topics could not be created");
        }
    }
    let began = Instant::now();
    let deviations = loop {
        let deviations = admin.check(&plan, &wanted)?;
        // Brokers take a moment to know of a new topic.
        let may_vanish = deviations.iter().any(|deviation| created.iter().any(|topic| deviation.contains(topic)));
        if !may_vanish || began.elapsed() > CREATED_WITHIN {
            break deviations;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    for deviation in &deviations {
        eprintln!("{deviation}");
    }
    match deviations.len() {
        0 => {
            println!("all topics are as the service needs them");
            Ok(())
        }
        // What is there already is somebody's, and may be as it is with reason; what the service would not start with is told as it would.
        count if create => {
            admin.ready(&connection.topics, &wanted)?;
            println!("{count} deviations of topics that are there; the service starts all the same");
            Ok(())
        }
        count => bail!("{count} deviations"),
    }
}
