//! `adoption_explain`: why an account is where it is, and on which day that changes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::features::check_product;
use super::{Answering, Asked, Named, Tool, json};
use crate::mcp::bounds::{Draft, Paging, select};
use crate::mcp::refusal::Refusal;
use crate::mcp::source::Told;
use crate::playbook::nearest;
use crate::view::Date;
use crate::view::explain::{AccountStageReason, Change, Explanation, MilestoneReason, ProductReason, RuleReason, SegmentReason};

pub fn tool() -> Tool {
    const NAMED: Named = Named {
        name: "adoption_explain",
        title: "Why an account is where it is",
        description: "Each comparison of the conditions of stages, segments, milestones, alerts and plays with what it sees, what would change them, and \
                      on which day they change if nothing happens. Of an account, of one of its products, or of an alert or play.",
    };
    Tool::reading::<Wanted, Explained>(NAMED, answer)
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Section {
    Products,
    Rules,
    Foreseen,
    Segments,
    Milestones,
}

const SECTIONS: [&str; 5] = ["products", "rules", "foreseen", "segments", "milestones"];

#[derive(Debug, Deserialize, JsonSchema)]
struct Wanted {
    /// The account's id.
    #[schemars(length(min = 1, max = 256))]
    account: String,
    /// Only this product: its stages, and its milestones, alerts and plays.
    #[schemars(length(min = 1, max = 256))]
    product: Option<String>,
    /// Only this alert or play. Not together with `product`.
    #[schemars(length(min = 1, max = 256))]
    rule: Option<String>,
    /// Only these lists.
    #[schemars(length(max = 5))]
    sections: Option<Vec<Section>>,
    /// Begin behind so many items of the one section.
    #[schemars(range(max = 1_000_000))]
    skip: Option<u32>,
}

/// What the API's explanation has.
#[derive(Serialize, JsonSchema)]
struct Explained {
    account: String,
    /// D: the day that the account has lived up to. All is as of then.
    day: Date,
    /// The last day that is looked ahead to.
    until: Date,
    /// The day from which on it is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<Date>,
    stage: AccountStageReason,
    /// Users of whom the rule is judged and who are not among `rules`.
    #[serde(skip_serializing_if = "Option::is_none")]
    users_left_out: Option<u64>,
    /// The lowest stage first.
    #[serde(skip_serializing_if = "Option::is_none")]
    products: Option<Vec<ProductReason>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<Vec<RuleReason>>,
    /// What will be published, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    foreseen: Option<Vec<Change>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<Vec<SegmentReason>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    milestones: Option<Vec<MilestoneReason>>,
}

fn answer(asked: Asked<'_, Wanted>) -> Answering<'_> {
    Box::pin(async move {
        let Wanted { account, product, rule, sections, skip } = asked.arguments;
        if product.is_some() && rule.is_some() {
            return Err(Refusal::bad_request("rule", "rule: expected product or rule, found both"));
        }
        let playbook = asked.source.playbook();
        check_product(playbook, product.as_deref())?;
        if let Some(id) = rule.as_deref().filter(|id| playbook.rule(id).is_none()) {
            let near = nearest(id, playbook.rules.iter().map(|rule| &*rule.head.id));
            return Err(Refusal::bad_request("rule", format!("rule: the playbook has no alert or play {id:?}")).near(near));
        }
        let Told { data, as_of } = asked.source.explanation(&account, product, rule).await?;
        let mut data = json(&explained(data));
        let wanted: Vec<&str> = sections.iter().flatten().map(|section| SECTIONS[*section as usize]).collect();
        let skip = skip.unwrap_or(0);
        select(&mut data, &SECTIONS, &wanted, skip)?;
        Ok(Draft { data, as_of, paging: Paging::Lists { asked: asked.given, skip, by_section: true } })
    })
}

fn explained(explanation: Explanation) -> Explained {
    let Explanation { account, day, until, closed, stage, mut products, segments, milestones, rules, users_left_out, foreseen, .. } =
        explanation;
    products.sort_by_key(|product| product.stage);
    Explained {
        account,
        day,
        until,
        closed,
        stage,
        users_left_out,
        products: Some(products),
        rules: Some(rules),
        foreseen: Some(foreseen),
        segments: Some(segments),
        milestones: Some(milestones),
    }
}
