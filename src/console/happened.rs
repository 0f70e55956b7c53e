//! Outputs in a sentence: what was published, and what will be if nothing happens.

use super::words::{Words, title};

/// An output in short.
#[derive(Clone, Copy, Debug, Default)]
pub struct Happened<'a> {
    /// `adoption.alert.opened`
    pub kind: &'a str,
    pub product: Option<&'a str>,
    pub user: Option<&'a str>,
    /// The rule, segment, milestone, campaign or measure.
    pub rule: Option<&'a str>,
    pub from: Option<&'a str>,
    pub to: Option<&'a str>,
}

impl Happened<'_> {
    pub fn text(&self, words: Words<'_>) -> String {
        let of = match (self.product, self.user) {
            (Some(product), _) => words.product(product),
            (None, Some(user)) => user.to_owned(),
            (None, None) => String::new(),
        };
        let rule = self.rule.map(title).unwrap_or_default();
        let named = |name: Option<&str>| name.map_or_else(|| "none".to_owned(), title);
        let moves = || format!("{} → {}", named(self.from), named(self.to));
        let of_rule = |what: &str| if of.is_empty() { format!("{what}: {rule}") } else { format!("{what}: {rule} ({of})") };
        match self.kind.trim_start_matches("adoption.") {
            "product_stage.changed" => format!("{of}: {}", moves()),
            "account_stage.changed" => format!("Account stage: {}", moves()),
            "alert.opened" => of_rule("Alert opens"),
            "alert.cleared" => of_rule("Alert clears"),
            "play.opened" => of_rule("Play opens"),
            "play.closed" => of_rule("Play closes"),
            "play.suppressed" => of_rule("Play held back"),
            "play.held_out" => of_rule("Play held out, to compare with"),
            "play.updated" => of_rule("Play worked on"),
            "play.outcome" => of_rule("Outcome of the play"),
            "segment.entered" => format!("Enters the segment “{rule}”"),
            "segment.exited" => format!("Leaves the segment “{rule}”"),
            "milestone.achieved" => of_rule("Milestone reached"),
            "campaign.triggered" => of_rule("Campaign starts"),
            "campaign.reached" => of_rule("Campaign’s goal reached"),
            "campaign.missed" => of_rule("Campaign’s goal missed"),
            "band.changed" => format!("{}: {}", of_rule("Score").trim_start_matches("Score: "), moves()),
            other => of_rule(&title(&other.replace('.', "_"))),
        }
    }

    /// Whether it is good news.
    pub fn tone(&self, words: Words<'_>) -> &'static str {
        match self.kind.trim_start_matches("adoption.") {
            "product_stage.changed" => {
                rising(&["none", "entitled", "activated", "adopted", "proficient", "integrated"], self.from, self.to)
            }
            "account_stage.changed" => {
                let stages: Vec<&str> = words.playbook.account_stages.iter().map(|stage| &*stage.name).collect();
                rising(&stages, self.from, self.to)
            }
            "band.changed" => {
                let measure = words.playbook.measures.iter().find(|measure| Some(&*measure.id) == self.rule);
                let bands: Vec<&str> = measure.map(|measure| measure.bands.iter().map(|band| &*band.name).collect()).unwrap_or_default();
                rising(&bands, self.from, self.to)
            }
            "alert.opened" | "campaign.missed" => "warn",
            "alert.cleared" | "milestone.achieved" | "campaign.reached" => "good",
            _ => "note",
        }
    }
}

fn rising(order: &[&str], from: Option<&str>, to: Option<&str>) -> &'static str {
    let place = |name: Option<&str>| name.and_then(|name| order.iter().position(|known| *known == name));
    if place(to) < place(from) { "bad" } else { "good" }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::playbook::Playbook;

    #[test]
    fn outputs_are_told_in_a_sentence_and_by_whether_they_are_good_news() {
        let playbook = Playbook::shipped();
        let words = Words { playbook: &playbook };
        let of = |kind| Happened { kind, product: Some("crm"), rule: Some("usage_drop"), ..Happened::default() };
        let account = |kind, rule| Happened { kind, rule: Some(rule), ..Happened::default() };
        let stage = |kind, from, to| Happened { from: Some(from), to: Some(to), rule: None, ..of(kind) };
        let band = |from, to| Happened { from, to: Some(to), ..account("adoption.band.changed", "account_health") };
        let table = [
            (of("adoption.alert.opened"), "Alert opens: Usage drop (Core CRM)", "warn"),
            (stage("adoption.product_stage.changed", "adopted", "activated"), "Core CRM: Adopted → Activated", "bad"),
            (stage("adoption.product_stage.changed", "none", "entitled"), "Core CRM: None → Entitled", "good"),
            (
                stage("adoption.account_stage.changed", "single_product", "multi_product"),
                "Account stage: Single product → Multi product",
                "good",
            ),
            (account("adoption.segment.entered", "in_trouble"), "Enters the segment “In trouble”", "note"),
            (band(Some("good"), "poor"), "Account health: Good → Poor", "bad"),
            (band(None, "fair"), "Account health: none → Fair", "good"),
            (account("adoption.new.thing", "x"), "New thing: X", "note"),
        ];
        for (happened, text, tone) in table {
            assert_eq!((&*happened.text(words), happened.tone(words)), (text, tone), "{happened:?}");
        }
    }
}
