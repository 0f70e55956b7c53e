//! `check`: settings and playbook, without a broker. Standard output is the settings in force, as a settings file, with a summary of
//! the playbook as comments; every problem goes to standard error.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::{Context, bail};

use super::{CheckArgs, SHIPPED_NAME, load_playbook};
use crate::api;
use crate::config::Settings;
use crate::mapping::{Mapping, NamedKind};
use crate::playbook::{Ladder, Playbook, nearest};

pub(super) fn execute(args: CheckArgs) -> anyhow::Result<()> {
    let mut problems: Vec<String> = Vec::new();
    let mut report = String::new();
    let settings = match args.settings.load() {
        Ok(settings) => {
            report.push_str(&settings.effective());
            problems.extend(api::check(&settings.api).err().map(|error| format!("{error:#}")));
            Some(settings)
        }
        Err(error) => {
            problems.extend(error.problems.iter().map(ToString::to_string));
            None
        }
    };
    for warning in settings.iter().flat_map(|settings| settings.warnings()) {
        eprintln!("warning: {warning}");
    }
    let playbook_file = args.playbook.or_else(|| settings.as_ref()?.playbook.clone());
    // Without settings nobody knows which playbook they would have named.
    if settings.is_some() || playbook_file.is_some() {
        match load_playbook(playbook_file.as_deref()) {
            Ok(playbook) => {
                let mappings = mappings(&args.source, settings.as_ref(), &playbook);
                let name = playbook_file.map_or(SHIPPED_NAME.to_owned(), |file| file.display().to_string());
                report.push_str(&summary(&name, &playbook));
                for checked in mappings {
                    match checked {
                        Ok(told) => report.push_str(&told),
                        Err(problem) => problems.push(problem),
                    }
                }
            }
            Err(found) => problems.extend(found),
        }
    }
    std::io::stdout().write_all(report.as_bytes()).context("standard output")?;
    for problem in &problems {
        eprintln!("error: {problem}");
    }
    match problems.len() {
        0 => Ok(()),
        1 => bail!("the check found 1 problem"),
        count => bail!("the check found {count} problems"),
    }
}

/// Checks the mappings that the command line names, and those of the settings: what each names, or what is wrong with it.
fn mappings(sources: &[String], settings: Option<&Settings>, playbook: &Playbook) -> Vec<Result<String, String>> {
    let named = sources.iter().map(|source| settings.map_or(&**source, |settings| settings.format_of(source)));
    let mut checked: Vec<Result<String, String>> = named.map(|source| mapping(source, playbook)).collect();
    for (name, source) in settings.iter().flat_map(|settings| &settings.sources) {
        let Some(format) = source.format.as_deref() else { continue };
        if Mapping::shipped_as(name).is_some() && format != name {
            eprintln!(
                "warning: `sources.{name}` has the name of a mapping that ships, and another one: `--source {name}` is {format} here"
            );
        }
        checked.push(mapping(format, playbook).map_err(|error| format!("`sources.{name}.format`: {error}")));
    }
    checked
}

/// Checks a mapping, and warns of what it names and the playbook does not. What it names, as comments.
fn mapping(source: &str, playbook: &Playbook) -> Result<String, String> {
    let mapping = Mapping::load(source).map_err(|error| error.to_string())?;
    let file = Mapping::shipped_as(source).map_or(source.to_owned(), |shipped| shipped.file());
    let products = playbook.products.iter().flat_map(|product| std::iter::once(&product.id).chain(&product.aliases));
    let features = playbook.products.iter().flat_map(|product| &product.features);
    let features = features.flat_map(|feature| std::iter::once(&feature.id).chain(&feature.aliases));
    let (products, features): (Vec<&str>, Vec<&str>) = (products.map(String::as_str).collect(), features.map(String::as_str).collect());
    for named in mapping.named() {
        let known = match named.kind {
            NamedKind::Product => &products,
            NamedKind::Feature => &features,
        };
        if !known.contains(&&*named.name) {
            let meant = nearest(&named.name, known.iter().copied()).map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
            let (kind, name) = (named.kind.as_str(), &named.name);
            eprintln!("warning: {file}:{}:{}: the playbook names no {kind} `{name}`{meant}", named.line, named.column);
        }
    }
    let mut told = format!("\n# Mapping: {file}\n#   {}\n", mapping.name());
    for (kind, what) in [(NamedKind::Product, "products"), (NamedKind::Feature, "features")] {
        let names: BTreeSet<&str> = mapping.named().iter().filter(|named| named.kind == kind).map(|named| &*named.name).collect();
        if !names.is_empty() {
            let _ = writeln!(told, "#   {what}: {}", names.into_iter().collect::<Vec<_>>().join(", "));
        }
    }
    Ok(told)
}

/// What else a playbook names, by its ids.
fn named_beside(playbook: &Playbook) -> [(&'static str, Vec<&str>); 6] {
    [
        ("measures", playbook.measures.iter().map(|measure| &*measure.id).collect()),
        ("segments", playbook.segments.iter().map(|segment| &*segment.id).collect()),
        ("milestones", playbook.milestones.iter().map(|milestone| &*milestone.id).collect()),
        ("guardrails", playbook.guardrails.iter().map(|guardrail| &*guardrail.id).collect()),
        ("campaigns", playbook.campaigns.iter().map(|campaign| &*campaign.id).collect()),
        ("targets", playbook.targets.iter().map(|target| &*target.id).collect()),
    ]
}

/// The playbook in a few lines, as TOML comments. Writing to a String cannot fail.
fn summary(name: &str, playbook: &Playbook) -> String {
    let mut text = format!("\n# Playbook: {name}\n#   {}\n", playbook.digest);
    let ladder = match playbook.ladder {
        Ladder::Cumulative => "cumulative",
        Ladder::Highest => "highest",
    };
    let Playbook { time_zone_name, window_days, hold_days, .. } = playbook;
    let _ = writeln!(text, "#   time zone {time_zone_name}, windows of {window_days} days, stages held {hold_days} days, ladder {ladder}");
    let _ = writeln!(text, "#   {} products:", playbook.products.len());
    for product in &playbook.products {
        let _ = writeln!(text, "#     {}: {}, {} features", product.id, product.name, product.features.len());
    }
    let stages: Vec<String> = playbook.account_stages.iter().map(|stage| format!("{} from {}", stage.name, stage.from)).collect();
    let _ = writeln!(text, "#   account stages: {}", stages.join(", "));
    for (what, ids) in named_beside(playbook) {
        if !ids.is_empty() {
            let _ = writeln!(text, "#   {} {what}: {}", ids.len(), ids.join(", "));
        }
    }
    let _ = writeln!(text, "#   {} rules:", playbook.rules.len());
    for rule in &playbook.rules {
        let (kind, scope) = (rule.head.kind.name(), rule.scope.name());
        let due = rule.due_days.map_or(String::new(), |days| format!(", due after {days} days"));
        let _ = writeln!(text, "#     {kind} {} for each {scope}, severity {}{due}", rule.head.id, rule.head.severity);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_names_products_and_rules_in_comments() {
        let playbook = load_playbook(None).expect("the shipped playbook is good");
        let summary = summary(SHIPPED_NAME, &playbook);
        assert!(summary.lines().all(|line| line.is_empty() || line.starts_with('#')), "{summary}");
        for part in [&*playbook.digest, "5 products", "crm: ", "alert usage_drop for each product", "due after 30 days"] {
            assert!(summary.contains(part), "{part:?} should be in: {summary}");
        }
    }
}
