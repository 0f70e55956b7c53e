//! Restore without a broker: changelog records decoded into live accounts.
//!
//! `cargo bench --bench restore`

#[path = "load/mod.rs"]
#[expect(dead_code, reason = "shared with the other benchmarks")]
mod load;

use std::sync::Arc;
use std::time::Instant;

use adoption_tracker::engine::EngineSettings;
use adoption_tracker::partition::{Checkpoint, Inputs, Record};
use adoption_tracker::playbook::Playbook;
use adoption_tracker::task::{Partition, PartitionSettings, StateBeat};
use adoption_tracker::topics::Topic;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use load::{PRODUCTS, Shape};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const INPUT: &str = "adoption.inputs.v1";
const SHAPE: Shape = Shape { accounts: 20_000, users: 10, products: 3, features: 8, days: 60 };
const EVENTS: u64 = 1_000_000;

fn task(playbook: &Arc<Playbook>) -> Partition {
    let settings = PartitionSettings {
        engine: EngineSettings::default(),
        max_skew_ms: i64::MAX / 2,
        max_record_bytes: 1 << 20,
        time_from_record: false,
        redo_seconds: 3600,
        redo_events: u64::MAX / 2,
        dead_letter_bytes_max: 1 << 20,
        states: StateBeat::default(),
    };
    Partition::new(0, &[INPUT.to_owned()], Arc::clone(playbook), settings)
}

fn events() -> Vec<(String, String)> {
    load::events(SHAPE, EVENTS, 3)
        .map(|drawn| {
            let account = format!("account-{}", drawn.account);
            let product = PRODUCTS[drawn.product as usize];
            let value = format!(
                r#"{{"type":"usage","time":{},"account":"{account}","product":"{product}","user":"user-{}","feature":"f{}"}}"#,
                drawn.time_ms, drawn.user, drawn.feature
            );
            (account, value)
        })
        .collect()
}

type KeyValue = (Vec<u8>, Vec<u8>);

fn changelog(task: &mut Partition) -> Vec<KeyValue> {
    task.prepare_commit(Checkpoint::All { in_time: &|| true }, Instant::now());
    let changelog = task.outbox().iter().filter(|publish| publish.topic == Topic::Changelog);
    let records = changelog.map(|publish| (publish.key.unwrap_or_default().to_vec(), publish.value.unwrap_or_default().to_vec())).collect();
    task.post_commit();
    records
}

fn restore(criterion: &mut Criterion) {
    let playbook = Arc::new(Playbook::shipped());
    let texts = events();
    let records: Vec<_> =
        texts.iter().zip(0..).map(|((key, value), offset)| Record::bare(offset, key.as_bytes(), Some(value.as_bytes()))).collect();
    let mut first = task(&playbook);
    first.restored(&Inputs::committed(&[None])).expect("a new partition");
    first.run();
    first.process(0, &records, load::FIRST_MS);
    let written = changelog(&mut first);
    let bytes: usize = written.iter().map(|(key, value)| key.len() + value.len()).sum();
    println!("{} changelog records, {} bytes each on average", written.len(), bytes / written.len());

    let written: Vec<_> = written.iter().map(|(key, value)| Record::bare(0, key, Some(value))).collect();

    let mut group = criterion.benchmark_group("restore");
    group.sample_size(10).throughput(Throughput::Elements(written.len() as u64));
    group.bench_function("changelog records into accounts", |bencher| {
        bencher.iter_with_large_drop(|| {
            let mut task = task(&playbook);
            task.restore(&written).unwrap_or_else(|refused| panic!("{refused}"));
            task
        });
    });
    group.finish();
}

criterion_group!(benches, restore);
criterion_main!(benches);
