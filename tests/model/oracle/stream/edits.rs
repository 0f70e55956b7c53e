//! Playbooks that are edited: sections, entries and lines of the text that is there, changed at random.

use super::whole::{whole_playbook, written};
use super::{Rng, products};

/// What may be edited without another name for a product or another account stage.
const SECTIONS: &[&str] = &[
    "products:",
    "synergies:",
    "personas:",
    "measures:",
    "segments:",
    "milestones:",
    "alerts:",
    "plays:",
    "alerts:",
    "plays:",
    "plays:",
    "guardrails:",
    "campaigns:",
    "campaigns:",
    "measures:",
];

/// A section and its entries, each with the lines below it.
struct Section {
    line: String,
    entries: Vec<String>,
}

impl Section {
    fn text(&self) -> String {
        self.line.clone() + &self.entries.concat()
    }
}

fn id(entry: &str) -> &str {
    entry.split(':').next().unwrap_or_default()
}

fn sections(yaml: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for line in yaml.split_inclusive('\n') {
        match (sections.last_mut(), line.starts_with("  "), line.starts_with("   ")) {
            (_, false, _) | (None, ..) => sections.push(Section { line: line.to_owned(), entries: Vec::new() }),
            (Some(section), true, false) => section.entries.push(line.to_owned()),
            (Some(section), ..) => match section.entries.last_mut() {
                Some(entry) => entry.push_str(line),
                None => section.entries.push(line.to_owned()),
            },
        }
    }
    sections
}

/// One of the numbers of a line that something is compared with, or that a key has, is another.
fn with_another_number(rng: &mut Rng, entry: &str) -> String {
    let is_number = |word: &str| word.trim_end_matches(['}', ')', ',', '\'', ']']).parse::<f64>().is_ok();
    let places: Vec<usize> = entry.match_indices(' ').map(|(at, _)| at + 1).filter(|at| is_number(word_at(entry, *at))).collect();
    if places.is_empty() {
        return entry.to_owned();
    }
    let at = *rng.pick(&places);
    let old = word_at(entry, at).trim_end_matches(['}', ')', ',', '\'', ']']);
    let new = *rng.pick(&["0", "1", "2", "3", "5", "10", "0.5", "30"]);
    format!("{}{new}{}", &entry[..at], &entry[at + old.len()..])
}

fn word_at(text: &str, at: usize) -> &str {
    text[at..].split([' ', '\n']).next().unwrap_or_default()
}

/// A line of an entry more, or one less.
fn with_another_line(rng: &mut Rng, entry: &str, ids: &[&str]) -> String {
    let lines: Vec<&str> = entry.split_inclusive('\n').collect();
    if lines.len() < 2 {
        return entry.to_owned();
    }
    if rng.percent(40) {
        let gone = rng.range(1, lines.len() as i64 - 1) as usize;
        return lines.iter().enumerate().filter(|(place, _)| *place != gone).map(|(_, line)| *line).collect();
    }
    let product = rng.pick(ids);
    let new = match rng.range(0, 8) {
        0 => "    judge: live\n".to_owned(),
        1 => "    judge: daily\n".to_owned(),
        2 => "    gone: true\n".to_owned(),
        3 => "    absent: true\n".to_owned(),
        4 => format!("    products: [{product}]\n"),
        5 => "    holdout: 0.5\n".to_owned(),
        6 => format!("    due_days: {}\n", rng.range(0, 5)),
        7 => format!("    for_days: {}\n", rng.range(0, 5)),
        _ => format!("    clear_days: {}\n", rng.range(0, 5)),
    };
    entry.to_owned() + &new
}

/// What `whole_playbook` of the same seed has become by some edits that are accepted; or another of the same products.
pub fn edited_playbook(seed: u64, accepts: impl Fn(&str) -> bool) -> String {
    let before = whole_playbook(seed);
    let mut rng = Rng::new(seed ^ 0xED17);
    let other = written(seed, 1);
    // A day once given to an event stays.
    let zone = |yaml: &str| yaml.lines().find(|line| line.starts_with("time_zone: ")).map_or(String::new(), |line| format!("{line}\n"));
    let other = match zone(&other) {
        old if old.is_empty() => format!("{other}{}", zone(&before)),
        old => other.replace(&old, &zone(&before)),
    };
    if seed.is_multiple_of(4) {
        return other;
    }
    let ids: Vec<&str> = products(seed).iter().map(|product| product.id).collect();
    let others = sections(&other);
    let mut text = before;
    for _ in 0..rng.range(1, 12) {
        let mut edited = sections(&text);
        let name = *rng.pick(SECTIONS);
        let find = |all: &[Section], name: &str| all.iter().position(|section| section.line.trim_end() == name).expect("a section");
        let section = find(&edited, name);
        let donor = &others[find(&others, name)].entries;
        let place = rng.range(0, edited[section].entries.len() as i64 - 1) as usize;
        let to = rng.range(0, edited[section].entries.len() as i64 - 1) as usize;
        let entries = &mut edited[section].entries;
        match rng.range(0, 9) {
            0 | 1 => _ = entries.remove(place),
            2 if name != "products:" => entries.swap(place, to),
            3 | 4 => {
                let new = rng.pick(donor);
                match entries.iter_mut().find(|entry| id(entry) == id(new)) {
                    Some(old) => old.clone_from(new),
                    None => entries.push(new.clone()),
                }
            }
            5 if name == "alerts:" || name == "plays:" => {
                let moved = entries.remove(place);
                let target = find(&edited, if name == "plays:" { "alerts:" } else { "plays:" });
                edited[target].entries.push(moved);
            }
            6 => entries[place] = with_another_line(&mut rng, &entries[place], &ids),
            _ => entries[place] = with_another_number(&mut rng, &entries[place]),
        }
        if edited[section].entries.is_empty() {
            continue;
        }
        let edited: String = edited.iter().map(Section::text).collect();
        if accepts(&edited) {
            text = edited;
        }
    }
    text
}
