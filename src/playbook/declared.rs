//! What a playbook declares beside its products, found before any condition is read: conditions may name what stands below them.

use super::Scope;
use super::vocabulary::{Of, Verdict};
use super::yaml::{Data, Node};

/// Who reads an expression, in the order in which things are judged: a verdict is read by what comes after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Of stages, measures, and of what measures read.
    Before,
    Segment(usize),
    Milestone(usize),
    Alert(usize),
    Play(usize),
    /// Of guardrails, campaigns, and of what is handed on or looked at: it is read as it stands.
    After,
}

/// In file order. What is wrong with a declaration is told where it is read.
#[derive(Debug, Default)]
pub(super) struct Declared {
    pub measures: Vec<(String, Of)>,
    pub segments: Vec<String>,
    /// Names of benchmarks, each once.
    pub benchmarks: Vec<String>,
    /// The segments, each with a benchmark that it names.
    named_in: Vec<(usize, String)>,
    pub milestones: Vec<(String, Of)>,
    pub alerts: Vec<(String, Of)>,
    pub plays: Vec<(String, Of)>,
    /// Groups of plays, each once.
    pub groups: Vec<String>,
    pub personas: Vec<String>,
    pub synergies: Vec<String>,
    pub guardrails: Vec<(String, Of)>,
}

impl Declared {
    /// `section`: what stands under a key of the playbook.
    pub fn new<'n>(section: impl Fn(&str) -> Option<&'n Node>) -> Self {
        let of_section = |key: &str| entries(section(key));
        let with_subject = |key: &str, of: &str| {
            let subject = |value: &Node| text(member(value, of)).and_then(subject_named).unwrap_or(Of::Account);
            of_section(key).map(|(id, value)| (id.to_owned(), subject(value))).collect()
        };
        let ids = |key: &str| of_section(key).map(|(id, _)| id.to_owned()).collect();
        let mut named_in = Vec::new();
        for (index, (_, segment)) in of_section("segments").enumerate() {
            named_in.extend(entries(member(segment, "benchmarks")).map(|(name, _)| (index, name.to_owned())));
        }
        let mut benchmarks: Vec<String> = named_in.iter().map(|(_, name)| name.clone()).collect();
        let mut groups: Vec<String> = of_section("plays").filter_map(|(_, play)| text(member(play, "group")).map(str::to_owned)).collect();
        for names in [&mut benchmarks, &mut groups] {
            names.sort();
            names.dedup();
        }
        Self {
            measures: with_subject("measures", "of"),
            segments: ids("segments"),
            benchmarks,
            named_in,
            milestones: with_subject("milestones", "of"),
            alerts: with_subject("alerts", "scope"),
            plays: with_subject("plays", "scope"),
            groups,
            personas: ids("personas"),
            synergies: ids("synergies"),
            guardrails: with_subject("guardrails", "of"),
        }
    }

    /// Whether something that stands at a place may read a benchmark: the segments that name it are judged by then.
    pub fn knows_benchmark(&self, name: &str, place: Place) -> bool {
        self.named_in.iter().all(|(segment, benchmark)| benchmark != name || Place::Segment(*segment) < place)
    }

    /// Those whose verdict may be asked for, and of what subject each is judged.
    pub fn judged(&self, verdict: Verdict) -> Vec<(&str, Of)> {
        fn with_subject(list: &[(String, Of)]) -> Vec<(&str, Of)> {
            list.iter().map(|(id, of)| (id.as_str(), *of)).collect()
        }
        match verdict {
            Verdict::Segment => self.segments.iter().map(|id| (id.as_str(), Of::Account)).collect(),
            Verdict::Milestone => with_subject(&self.milestones),
            Verdict::Alert => with_subject(&self.alerts),
            Verdict::Play => with_subject(&self.plays),
        }
    }
}

fn subject_named(name: &str) -> Option<Of> {
    [Scope::Account, Scope::Product, Scope::User].into_iter().find(|scope| scope.name() == name).map(Scope::of)
}

/// The entries of a mapping whose keys are texts; nothing of what is none.
fn entries(node: Option<&Node>) -> impl Iterator<Item = (&str, &Node)> {
    let entries = node.into_iter().filter_map(|node| match &node.data {
        Data::Mapping(entries) => Some(entries),
        _ => None,
    });
    entries.flatten().filter_map(|(key, value)| Some((text(Some(key))?, value)))
}

fn member<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    entries(Some(node)).find(|(name, _)| *name == key).map(|(_, value)| value)
}

fn text(node: Option<&Node>) -> Option<&str> {
    match &node?.data {
        Data::Scalar(scalar) => Some(&scalar.text),
        _ => None,
    }
}
