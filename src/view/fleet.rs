//! What is known of all accounts together: the record `fleet` of the portfolio, as far as an account's view asks it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::{Number, Value};

use super::account::VarianceView;
use crate::engine::{Number as Exact, plain_number};
use crate::output::PartitionOwned;
use crate::playbook::{Decimal, Playbook, Segment};

/// `data` of the record.
#[derive(Clone, Debug)]
pub struct Fleet(Value);

/// The newest of it that was read, and which process has which partition.
#[derive(Debug, Default)]
pub struct FleetBoard {
    fleet: RwLock<Option<Arc<Fleet>>>,
    owners: RwLock<BTreeMap<i32, PartitionOwned>>,
}

impl FleetBoard {
    pub fn set(&self, fleet: Fleet) {
        *self.fleet.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(fleet));
    }

    pub fn get(&self) -> Option<Arc<Fleet>> {
        self.fleet.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn own(&self, owned: PartitionOwned) {
        self.owners.write().unwrap_or_else(PoisonError::into_inner).insert(owned.partition, owned);
    }

    /// Who has a partition, as it was told last.
    pub fn owner_of(&self, partition: i32) -> Option<PartitionOwned> {
        self.owners.read().unwrap_or_else(PoisonError::into_inner).get(&partition).cloned()
    }
}

/// The figures of one segment.
#[derive(Clone, Copy)]
pub struct FleetSegment<'f>(&'f Value);

impl Fleet {
    pub fn new(data: Value) -> Self {
        Self(data)
    }

    pub fn data(&self) -> &Value {
        &self.0
    }

    /// Without segments of fewer accounts; `None`: all together are fewer.
    pub fn without_groups_under(&self, accounts_min: i64) -> Option<Self> {
        let accounts = self.0.pointer("/figures/accounts").and_then(Value::as_i64);
        accounts.filter(|accounts| *accounts >= accounts_min)?;
        let mut data = self.0.clone();
        if let Some(Value::Object(segments)) = data.get_mut("segments") {
            segments.retain(|_, segment| FleetSegment(segment).accounts() >= accounts_min);
        }
        Some(Self(data))
    }

    pub fn segment(&self, id: &str) -> Option<FleetSegment<'_>> {
        self.0.get("segments")?.get(id).map(FleetSegment)
    }
}

impl Fleet {
    /// What is told of all accounts: the figures, those of segments, how targets stand, and `variance` of the segments that have benchmarks.
    pub fn told(&self, playbook: &Playbook) -> Value {
        let segments = playbook.segments.iter().filter(|segment| !segment.benchmarks.is_empty());
        let variance =
            segments.map(|segment| (segment.id.clone(), serde_json::to_value(self.variance(segment)).expect("numbers and texts")));
        let variance: serde_json::Map<String, Value> = variance.collect();
        let mut data = self.0.clone();
        if let Some(data) = data.as_object_mut() {
            // Of the record, not of the figures.
            data.retain(|name, _| name != "cause" && name != "playbook");
            data.insert("variance".to_owned(), Value::Object(variance));
        }
        data
    }

    /// What a segment's accounts reach against its benchmarks.
    pub fn variance(&self, segment: &Segment) -> Vec<VarianceView> {
        variance(segment, Some(self))
    }
}

/// `value` is absent where nothing is known of the segment.
pub fn variance(segment: &Segment, fleet: Option<&Fleet>) -> Vec<VarianceView> {
    let known = fleet.and_then(|fleet| fleet.segment(&segment.id));
    let of = |(benchmark, expected): &(String, Decimal)| {
        let expected = Exact::from(*expected);
        let value = known.and_then(|known| known.of_benchmark(benchmark));
        VarianceView {
            benchmark: benchmark.clone(),
            expected: plain_number(expected).expect("a written number is finite"),
            variance: value.as_ref().and_then(|value| Number::from_f64(value.as_f64()? - expected.to_f64())),
            value,
        }
    };
    segment.benchmarks.iter().map(of).collect()
}

impl FleetSegment<'_> {
    pub fn accounts(&self) -> i64 {
        self.0.pointer("/accounts").and_then(Value::as_i64).unwrap_or(0)
    }

    /// The figure that goes by the name of a benchmark.
    pub fn of_benchmark(&self, name: &str) -> Option<Number> {
        match name {
            "products_adopted" => self.mean(name),
            "expansion_rate" => number(&self.0["expansion_90"]),
            "nrr" => number(&self.0["nrr"]),
            // The median.
            "second_product_days" => number(&self.0["second_product"]["quartiles"][1]),
            _ => None,
        }
    }

    pub fn mean(&self, name: &str) -> Option<Number> {
        number(&self.0["percentiles"][name]["mean"])
    }

    pub fn top_quartile(&self, name: &str) -> Option<Number> {
        number(&self.0["percentiles"][name]["quartiles"][2])
    }

    /// Accounts that have adopted a product.
    pub fn adopted(&self, product: &str) -> i64 {
        let stages = &self.0["by_product_stage"][product];
        ["adopted", "proficient", "integrated"].iter().filter_map(|stage| stages[stage].as_i64()).sum()
    }
}

fn number(value: &Value) -> Option<Number> {
    value.as_number().cloned()
}
