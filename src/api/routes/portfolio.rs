//! All accounts together.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Require, check_complete};
use crate::api::Api;
use crate::api::access::Visible;
use crate::api::answer::Answer;
use crate::api::ask::{CountedPart, Gathered, Json, What, of_all};
use crate::api::lists::{self, ListAsked};
use crate::api::problem::{Kind, Problem, Result};
use crate::api::route::{Call, Route};
use crate::output::TargetData;
use crate::portfolio::{Counts, Figures, Named, Outline, figures};
use crate::view::Fleet;
use crate::view::account::VarianceView;

/// Of fewer accounts nothing is told to those who may not see every account: a figure of three is nearly each one's own.
const GROUP_MIN: i64 = 5;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/portfolio", "getPortfolio", portfolio)
            .asks_partitions()
            .errors(&[Kind::NotFound])
            .says(
                "All accounts together",
                "The figures as they were published last, how the targets stand, and each segment against its benchmarks. Whoever may read sees \
                 them; without the scope `all` segments of fewer than 5 accounts are left out. With `of=seen` or `filter` they are those of the \
                 accounts that may be seen, or of those of them that the filter leaves, as counted last (`portfolio.interval_ms`), and `targets` \
                 is empty.",
            ),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Of {
    Fleet,
    Seen,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Wanted {
    /// `fleet`: all accounts, which is so where nothing is said; `seen`: those that may be seen.
    of: Option<Of>,
    /// A condition over the fields of accounts, such as `segment == "enterprise"`: those of which it is true, of those that may be seen.
    #[schemars(length(max = 4096))]
    filter: Option<String>,
    /// `complete`: a partition that is missing is a problem, and no part of an answer.
    require: Option<Require>,
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

async fn portfolio(call: Call<Wanted>) -> Result<Answer<Json<Portfolio>>> {
    let Wanted { of, filter, require } = call.parameters;
    let (api, visible) = (&call.api, call.principal.visible());
    match (of, filter) {
        (Some(Of::Fleet), Some(_)) => Err(Problem::bad_request("of: expected seen, or none, together with a filter").at("of")),
        (_, None) if of != Some(Of::Seen) => Ok(Answer::new(answer(&published(api, &visible)?.told(&api.playbook)))),
        (_, filter) => counted(api, filter, require, &visible).await,
    }
}

fn answer(data: &Value) -> Json<Portfolio> {
    Json::new(serde_json::value::to_raw_value(data).expect("JSON"))
}

/// What was published last, as far as it may be told.
///
/// # Errors
///
/// `not-found`: nothing was, or it tells of too few accounts.
pub fn published(api: &Api, visible: &Visible) -> Result<Arc<Fleet>> {
    let fleet = api.fleet.get().ok_or_else(|| {
        Problem::not_found("no figures were published yet: they are once each partition has counted its accounts (portfolio.interval_ms)")
    })?;
    if visible.is_all() {
        return Ok(fleet);
    }
    let fleet = fleet.without_groups_under(GROUP_MIN).ok_or_else(|| {
        Problem::not_found(format!("of fewer than {GROUP_MIN} accounts nothing is told without the scope all; ask with of=seen"))
    })?;
    Ok(Arc::new(fleet))
}

/// Of the accounts that may be seen.
async fn counted(api: &Arc<Api>, filter: Option<String>, require: Option<Require>, visible: &Visible) -> Result<Answer<Json<Portfolio>>> {
    let list = filter.map(|filter| {
        let list = lists::Wanted { filter: Some(filter), fields: Some("account".to_owned()), ..lists::Wanted::default() };
        ListAsked::whole(list, None)
    });
    if let Some(list) = &list {
        list.query(&api.playbook)?;
    }
    let Gathered { parts, as_of, incomplete } = of_all::<CountedPart>(api, What::Portfolio(list), visible).await?;
    check_complete(require, &incomplete)?;
    let Some(day) = parts.iter().map(|part| &part.day).min() else {
        return Err(Problem::not_found("no accounts were counted yet (portfolio.interval_ms)"));
    };
    let outline = Outline::new(&api.playbook);
    let mut counts = Counts::new(&outline);
    parts.iter().for_each(|part| counts.merge(&part.counts.counts(&outline)));
    let (figures, segments) = figures(&counts, &outline);
    let data = json!({"day": day, "figures": figures, "segments": segments, "targets": {}});
    Ok(Answer { data: answer(&Fleet::new(data).told(&api.playbook)), as_of, incomplete })
}
