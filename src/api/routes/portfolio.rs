//! All accounts together.

use schemars::JsonSchema;
use serde_json::Value;

use super::NoParameters;
use crate::api::answer::Answer;
use crate::api::ask::Json;
use crate::api::problem::{Problem, Result};
use crate::api::route::{Call, Route};
use crate::output::TargetData;
use crate::portfolio::{Figures, Named};
use crate::view::account::VarianceView;

pub fn routes() -> Vec<Route> {
    vec![Route::get("/v1/portfolio", "getPortfolio", portfolio).says(
        "All accounts together",
        "The figures as they were published last, how the targets stand, and each segment against its benchmarks. Nothing of it tells a single \
         account: whoever may read sees it.",
    )]
}

/// docs/reference/portfolio.md defines each figure.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "what the answer is like; it is put together from what was published")]
struct Portfolio {
    /// The earliest of the partitions', in the playbook's zone.
    #[schemars(extend("format" = "date"))]
    day: String,
    figures: Figures,
    /// By segment, of the accounts in it.
    segments: Named<Figures>,
    /// By segment, its figures against its benchmarks.
    variance: Named<Vec<VarianceView>>,
    /// How the playbook's targets stand.
    targets: Named<TargetData>,
}

async fn portfolio(call: Call<NoParameters>) -> Result<Answer<Json<Portfolio>>> {
    let Some(fleet) = call.api.fleet.get() else {
        return Err(Problem::not_found(
            "no figures were published yet: they are once each partition has counted its accounts (portfolio.interval_ms)",
        ));
    };
    let mut data = fleet.data().clone();
    let segments = call.api.playbook.segments.iter().filter(|segment| !segment.benchmarks.is_empty());
    let variance = segments.map(|segment| (segment.id.clone(), serde_json::to_value(fleet.variance(segment)).expect("numbers and texts")));
    let variance: serde_json::Map<String, Value> = variance.collect();
    if let Some(data) = data.as_object_mut() {
        // Of the record, not of the figures.
        data.retain(|name, _| name != "cause" && name != "playbook");
        data.insert("variance".to_owned(), Value::Object(variance));
    }
    Ok(Answer::new(Json::new(serde_json::value::to_raw_value(&data).expect("JSON"))))
}
