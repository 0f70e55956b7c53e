//! What counts are by: the playbook's lists.

use std::sync::Arc;

use super::histogram::Scale;
use crate::playbook::{Decimal, Measure, Of, Playbook};

/// Of one playbook.
#[derive(Clone, Debug)]
pub struct Outline {
    pub playbook: Arc<Playbook>,
    /// The numbers whose spread is told, in the order in which [`Engine::entry`](crate::engine::Engine::entry) has them: name and scale.
    pub spread: Vec<(String, Scale)>,
}

impl Outline {
    pub fn new(playbook: &Arc<Playbook>) -> Self {
        const PRODUCTS_MAX: Decimal = Decimal { digits: 1000, scale: 0 };
        let of_metrics = [("products_adopted", [Decimal::ZERO, PRODUCTS_MAX]), ("integration_score", Measure::RANGE)];
        let of_metrics = of_metrics.map(|(name, range)| (name.to_owned(), Scale::new(range)));
        let measures = playbook.measures.iter().filter(|measure| measure.of == Of::Account);
        let of_measures = measures.map(|measure| (measure.id.clone(), Scale::new(measure.range)));
        Self { playbook: Arc::clone(playbook), spread: of_metrics.into_iter().chain(of_measures).collect() }
    }
}
