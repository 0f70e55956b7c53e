//! The repository held against rules that neither the compiler nor rustfmt keeps. Files are read as text, and nothing but `std` is used: while the
//! crate does not compile, this does, by `CARGO_MANIFEST_DIR=$PWD rustc --edition 2024 --test -o /tmp/tidy tests/tidy.rs`.
//!
//! | test | rule |
//! |---|---|
//! | `lines_have_a_width` | what rustfmt leaves alone (comments, string literals, macros) has a width too |
//! | `functions_fit_on_a_screen` | a function of `src/` has at most 70 lines |
//! | `every_source_file_is_named_by_a_mod` | a file that no `mod` names is not compiled, and nobody notices |
//! | `names_of_metrics_and_topics_stand_in_their_lists` | a name that others rely on is written once |
//! | `modules_use_what_they_may` | dependencies point inwards: `docs/architecture.md` says which |
//! | `the_playbook_knows_no_metric` | it is loaded against a vocabulary that it is handed |
//! | `comments_stand_by_themselves` | a comment that begins with what stood above it says something else once either moves |
//! | `markdown_ends_with_a_newline_and_has_no_stray_whitespace` | differences show text, not whitespace |
//! | `no_file_names_a_place_on_somebodys_machine` | what is built here can be built elsewhere |
//! | `source_files_named_in_documents_exist` | documents follow when a file moves |
//!
//! Exceptions are listed here, each with its reason. One that is no longer needed fails its test, as the rule's breach does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A line of a comment: wider than code, since it has no depth to be read by.
const COMMENT_WIDTH_MAX: usize = 150;
/// What may stand on a line beside the one string literal that makes it too long, indentation included.
const BESIDE_LITERAL_MAX: usize = 60;
/// A function, from its `fn` to its closing brace.
const FUNCTION_LINES_MAX: usize = 70;

/// File, how many lines of it are too long, and why.
const LONG_LINES: [(&str, usize, &str); 3] = [
    ("tests/changelog_versions.rs", 1, "a record on a line of its own, like the others"),
    ("tests/model/edited_playbook.rs", 1, "a record on a line of its own"),
    ("tests/input_json.rs", 1, "what `proptest!` draws, which rustfmt does not break"),
];

/// File, function, and why it is longer.
const LONG_FUNCTIONS: [(&str, &str, &str); 5] = [
    ("src/demo/mod.rs", "tell", "the demo from its beginning to its end, in that order"),
    ("src/engine/apply.rs", "apply", "an arm for each type of input"),
    ("src/engine/judge/incidents.rs", "judge_rule", "all that an incident may become, in one place"),
    ("src/worker/restorer.rs", "attempt", "the steps of a restore, whose order is what makes it safe"),
    ("src/worker/run.rs", "commit", "the steps of a commit, whose order is what makes it safe"),
];

/// Files of `src/` that hold names of metrics, outside of tests.
const METRIC_NAMES: [(&str, &str); 12] = [
    ("src/ops/metrics.rs", "the list"),
    ("src/engine/rows.rs", "no metric of the service: a field of a row"),
    ("src/api/routes/export.rs", "no metrics: fields of a CRM"),
    ("src/mcp/server.rs", "no metrics: names of tools"),
    ("src/mcp/tools/accounts.rs", "no metric: a tool is named so"),
    ("src/mcp/tools/explain.rs", "no metric: a tool is named so"),
    ("src/mcp/tools/incidents.rs", "no metric: a tool is named so"),
    ("src/mcp/tools/portfolio.rs", "no metric: a tool is named so"),
    ("src/mcp/tools/report.rs", "no metric: a tool is named so"),
    ("src/mcp/tools/task.rs", "no metric: a tool is named so"),
    ("src/console/accounts.rs", "no metric: a field of a row"),
    ("src/console/words/metrics.rs", "no metric: a measure of a playbook"),
];

/// What the names of topics are made of: `<prefix>.stage-changes.v1`.
const TOPICS: [&str; 11] = [
    "stage-changes",
    "signals",
    "alerts",
    "plays",
    "campaigns",
    "accounts",
    "portfolio",
    "dead-letters",
    "undelivered",
    "ingest-dead-letters",
    "changelog",
];

/// Files of `src/` that hold one of [`TOPICS`], outside of tests, and what for.
const TOPIC_NAMES: [(&str, &str); 16] = [
    ("src/topics.rs", "the list"),
    ("src/api/lists.rs", "no topic: `accounts` is a parameter"),
    ("src/console/account/mod.rs", "no topic: `plays` is a page"),
    ("src/console/account/plays.rs", "no topic, likewise"),
    ("src/console/accounts.rs", "no topic: `accounts` is a parameter"),
    ("src/console/home.rs", "no topic: `plays` is a page"),
    ("src/console/listing.rs", "no topic: `accounts` is a parameter"),
    ("src/console/portfolio.rs", "no topic: `accounts` is a figure of the fleet"),
    ("src/console/users.rs", "no topic: `accounts` is a parameter"),
    ("src/cli/check.rs", "no topic: `campaigns` is what a playbook has"),
    ("src/mcp/tools/portfolio.rs", "no topic: `accounts` is a figure of the fleet"),
    ("src/playbook/load.rs", "no topics: `alerts` and `plays` are keys of a playbook"),
    ("src/playbook/declared.rs", "no topics, likewise"),
    ("src/playbook/rule_fields.rs", "no topics, likewise"),
    ("src/playbook/targets.rs", "no topic: `accounts` is a figure of the fleet"),
    ("src/playbook/vocabulary.rs", "no topic: `accounts` are rows that a playbook names"),
];

/// Modules, and which others their code may use, tests left out.
const MAY_USE: [(&str, &[&str]); 33] = [
    ("sorter", &[]),
    ("schema", &[]),
    ("tagged", &[]),
    ("random", &[]),
    ("topics", &[]),
    ("input", &["schema"]),
    ("playbook", &[]),
    ("mapping", &["input", "playbook"]),
    ("config", &["engine", "topics"]),
    ("partition", &["input", "topics"]),
    ("engine", &["input", "playbook", "tagged"]),
    ("portfolio", &["engine", "playbook"]),
    ("view", &["engine", "output", "playbook", "schema"]),
    ("report", &["output", "playbook", "view"]),
    ("lists", &["playbook", "view"]),
    ("mcp", &["output", "playbook", "portfolio", "view"]),
    ("output", &["engine", "playbook", "portfolio", "schema", "topics"]),
    ("changelog", &["engine", "input", "partition", "playbook", "tagged"]),
    ("replay", &["engine", "input", "output", "playbook", "portfolio", "sorter"]),
    ("seed", &["config", "input", "kafka", "mapping", "partition", "sorter"]),
    ("ingest", &["config", "kafka", "mapping", "ops", "partition", "service", "task", "topics", "worker"]),
    ("alarm_quality", &["engine", "input", "playbook", "random"]),
    ("task", &["changelog", "engine", "input", "lists", "output", "partition", "playbook", "portfolio", "tagged", "topics", "view"]),
    ("kafka", &["input", "partition", "topics"]),
    ("worker", &["engine", "kafka", "partition"]),
    ("erase", &["changelog", "engine", "input", "kafka", "partition", "topics"]),
    ("ops", &["config", "partition", "task", "worker"]),
    (
        "api",
        &[
            "config",
            "engine",
            "erase",
            "input",
            "kafka",
            "lists",
            "mcp",
            "ops",
            "output",
            "partition",
            "playbook",
            "portfolio",
            "report",
            "task",
            "topics",
            "view",
            "worker",
        ],
    ),
    ("console", &["api", "engine", "lists", "ops", "output", "playbook", "report", "view"]),
    (
        "service",
        &[
            "api",
            "config",
            "console",
            "engine",
            "kafka",
            "ops",
            "output",
            "partition",
            "playbook",
            "portfolio",
            "task",
            "topics",
            "view",
            "worker",
        ],
    ),
    ("deliver", &["api", "config", "kafka", "ops", "output", "playbook", "random", "service", "task", "topics"]),
    ("demo", &["config", "engine", "input", "kafka", "ops", "playbook", "random", "service", "task", "topics", "worker"]),
    (
        "cli",
        &[
            "alarm_quality",
            "api",
            "config",
            "deliver",
            "demo",
            "engine",
            "erase",
            "ingest",
            "input",
            "kafka",
            "lists",
            "mapping",
            "mcp",
            "ops",
            "output",
            "partition",
            "playbook",
            "portfolio",
            "replay",
            "report",
            "seed",
            "service",
            "sorter",
            "topics",
            "view",
        ],
    ),
];

/// The tree's root.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of the repository by its path from the root: those that git knows or would take in; without git, all but what is built.
fn files() -> Vec<String> {
    let listed = Command::new("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root()).output();
    let mut found: Vec<String> = match listed {
        Ok(listed) if listed.status.success() => {
            String::from_utf8_lossy(&listed.stdout).split_terminator('\0').map(str::to_owned).collect()
        }
        _ => walk(root()),
    };
    // What git knows may be moved or deleted already.
    found.retain(|path| root().join(path).is_file());
    found.sort();
    found.dedup();
    assert!(found.iter().any(|path| path == "src/lib.rs"), "the repository is at {}", root().display());
    found
}

fn walk(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder can be listed") {
        let path = entry.expect("an entry can be read").path();
        let name = path_from_root(&path);
        if path.is_dir() {
            if !["target", ".git"].contains(&&*name) {
                found.extend(walk(&path));
            }
        } else {
            found.push(name);
        }
    }
    found
}

fn path_from_root(path: &Path) -> String {
    path.strip_prefix(root()).expect("below the root").to_str().expect("paths here are UTF-8").to_owned()
}

fn read(path: &str) -> String {
    let bytes = fs::read(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    String::from_utf8_lossy(&bytes).into_owned()
}

fn rust_files(folders: &[&str]) -> Vec<Source> {
    let in_folder = |path: &String| path.ends_with(".rs") && folders.iter().any(|folder| path.starts_with(folder));
    let found: Vec<Source> = files().into_iter().filter(in_folder).map(Source::read).collect();
    assert!(found.len() > 10, "{folders:?} hold {} files", found.len());
    found
}

/// Fails with every problem, and what to do about it.
fn none(problems: &[String], remedy: &str) {
    assert!(problems.is_empty(), "{} found:\n  {}\n{remedy}", problems.len(), problems.join("\n  "));
}

// ---------------------------------------------------------------------------------------------------------------- Rust as text

/// What a character of a source file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    /// Of a string or a character, quotes and prefix included.
    Literal,
}

/// A file of Rust, each character with its kind.
struct Source {
    path: String,
    text: Vec<char>,
    kinds: Vec<Kind>,
    /// Where lines begin.
    lines: Vec<usize>,
}

impl Source {
    fn read(path: String) -> Self {
        Self::new(path.clone(), &read(&path))
    }

    fn new(path: String, text: &str) -> Self {
        let text: Vec<char> = text.chars().collect();
        let after_newline = |(at, c): (usize, &char)| (*c == '\n').then_some(at + 1);
        let lines = std::iter::once(0).chain(text.iter().enumerate().filter_map(after_newline)).collect();
        Self { kinds: kinds(&text), path, text, lines }
    }

    /// Counted from 1.
    fn line_of(&self, at: usize) -> usize {
        self.lines.partition_point(|begin| *begin <= at)
    }

    /// Of each line its characters, without the newline.
    fn line_ranges(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let ends = self.lines.iter().skip(1).map(|begin| begin - 1).chain([self.text.len()]);
        self.lines.iter().zip(ends).map(|(begin, end)| *begin..end)
    }

    /// The code alone: what belongs to comments and literals is blank.
    fn code(&self) -> Vec<char> {
        let code = |(c, kind): (&char, &Kind)| if *kind == Kind::Code || *c == '\n' { *c } else { ' ' };
        self.text.iter().zip(&self.kinds).map(code).collect()
    }

    /// Runs of characters of a literal: one that follows another without anything between is counted with it.
    fn literals(&self, within: Range<usize>) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for at in within.filter(|at| self.kinds[*at] == Kind::Literal) {
            match found.last_mut() {
                Some(last) if last.end == at => last.end += 1,
                _ => found.push(at..at + 1),
            }
        }
        found
    }

    fn text(&self, range: Range<usize>) -> String {
        self.text[range].iter().collect()
    }
}

fn kinds(text: &[char]) -> Vec<Kind> {
    let mut kinds = vec![Kind::Code; text.len()];
    let mut at = 0;
    while at < text.len() {
        let (end, kind) = match comment_end(text, at) {
            Some(end) => (end, Kind::Comment),
            None => match literal_end(text, at) {
                Some(end) => (end, Kind::Literal),
                None => (word_end(text, at).max(at + 1), Kind::Code),
            },
        };
        let end = end.min(text.len());
        kinds[at..end].fill(kind);
        at = end;
    }
    kinds
}

fn starts_with(text: &[char], at: usize, what: &str) -> bool {
    what.chars().enumerate().all(|(index, c)| text.get(at + index) == Some(&c))
}

fn word_end(text: &[char], at: usize) -> usize {
    at + text[at..].iter().take_while(|c| is_of_word(**c)).count()
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Block comments nest.
fn comment_end(text: &[char], at: usize) -> Option<usize> {
    if starts_with(text, at, "//") {
        return Some(at + text[at..].iter().take_while(|c| **c != '\n').count());
    }
    if !starts_with(text, at, "/*") {
        return None;
    }
    let (mut depth, mut at) = (0, at);
    while at < text.len() {
        let step = if starts_with(text, at, "/*") {
            depth += 1;
            2
        } else if starts_with(text, at, "*/") {
            depth -= 1;
            2
        } else {
            1
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    Some(at)
}

/// Strings, raw strings and characters, also of bytes and for C. `None`: none begins here; a lifetime is none.
fn literal_end(text: &[char], at: usize) -> Option<usize> {
    let prefix = text[at..].iter().take_while(|c| matches!(c, 'b' | 'c' | 'r')).count();
    let is_raw = prefix > 0 && text[at + prefix - 1] == 'r';
    let quote = at + prefix;
    if prefix > 2 {
        return None;
    }
    if is_raw {
        let hashes = text[quote..].iter().take_while(|c| **c == '#').count();
        let begin = quote + hashes;
        if text.get(begin) != Some(&'"') {
            return None;
        }
        let closing: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
        return Some((begin + 1..text.len()).find(|at| starts_with(text, *at, &closing)).map_or(text.len(), |end| end + 1 + hashes));
    }
    match text.get(quote) {
        Some('"') => Some(quoted_end(text, quote)),
        // 'a' and '\n', not 'a of a lifetime.
        Some('\'') if text.get(quote + 1) == Some(&'\\') || text.get(quote + 2) == Some(&'\'') => Some(quoted_end(text, quote)),
        _ => None,
    }
}

/// The end of a literal whose quotes may be escaped within.
fn quoted_end(text: &[char], quote: usize) -> usize {
    let mut at = quote + 1;
    while at < text.len() && text[at] != text[quote] {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// The end of what a bracket opens, in code: behind the bracket that closes it.
fn closing(code: &[char], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code.iter().enumerate().skip(open) {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// The end of an item that begins somewhere before: behind its semicolon or its body. Returns the body too.
fn item_end(code: &[char], from: usize) -> (usize, Option<Range<usize>>) {
    let mut at = from;
    while at < code.len() {
        match code[at] {
            ';' => return (at + 1, None),
            '{' => return (closing(code, at), Some(at..closing(code, at))),
            '(' | '[' => at = closing(code, at),
            _ => at += 1,
        }
    }
    (code.len(), None)
}

/// The words of code, with where each begins.
fn words(code: &[char]) -> impl Iterator<Item = (usize, String)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < code.len() && !is_of_word(code[at]) {
            at += 1;
        }
        let (begin, end) = (at, word_end(code, at.min(code.len())));
        at = end;
        (begin < end).then(|| (begin, code[begin..end].iter().collect()))
    })
}

/// Items that are compiled for tests alone.
fn test_items(code: &[char]) -> Vec<Range<usize>> {
    let attribute = "#[cfg(test)]";
    let begins = (0..code.len()).filter(|at| code[*at] == '#' && starts_with(code, *at, attribute));
    let item = |begin: usize| {
        let mut at = begin;
        // Its attributes, which end with a bracket, then the item itself.
        while let Some(next) = (at..code.len()).find(|at| !code[*at].is_whitespace()).filter(|at| code[*at] == '#') {
            at = closing(code, next + 1);
        }
        begin..item_end(code, at).0
    };
    begins.map(item).collect()
}

/// A `mod name;` of a file.
#[derive(Debug)]
struct Mod {
    file: String,
    is_test: bool,
}

/// The files that a file's `mod`s name. `by_path`: `#[path]` brought us here, so that what it names lies beside it.
fn mods(source: &Source, by_path: bool) -> Vec<(Mod, bool)> {
    let code = source.code();
    let tests = test_items(&code);
    let file = Path::new(&source.path);
    let folder = file.parent().expect("a file has a folder");
    let stem = file.file_stem().and_then(|stem| stem.to_str()).expect("paths here are UTF-8");
    let is_root = by_path || ["lib", "main", "mod"].contains(&stem);
    let inner = if is_root { folder.to_owned() } else { folder.join(stem) };
    let words: Vec<(usize, String)> = words(&code).collect();
    let mut found = Vec::new();
    for pair in words.windows(2).filter(|pair| pair[0].1 == "mod") {
        let [(begin, _), (name_at, name)] = pair else { continue };
        let rest = code[name_at + name.chars().count()..].iter().find(|c| !c.is_whitespace());
        if rest != Some(&';') {
            continue;
        }
        let attributes = (0..*begin).rev().find(|at| matches!(code[*at], ';' | '{' | '}')).map_or(0, |at| at + 1);
        let is_test = tests.iter().any(|range| range.contains(begin));
        let path = source.text(attributes..*begin).split("#[path = \"").nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
        let candidates: Vec<PathBuf> = match &path {
            Some(path) => vec![folder.join(path)],
            None => vec![inner.join(format!("{name}.rs")), inner.join(name).join("mod.rs")],
        };
        let exists = |path: &PathBuf| root().join(path).is_file();
        if let Some(file) = candidates.into_iter().find(exists) {
            found.push((Mod { file: file.to_str().expect("paths here are UTF-8").to_owned(), is_test }, path.is_some()));
        }
    }
    found
}

/// Every file that is compiled, from `src/lib.rs` and `src/main.rs` on; whether for tests alone.
fn compiled() -> BTreeMap<String, bool> {
    let mut found: BTreeMap<String, bool> = BTreeMap::new();
    let mut open: Vec<(String, bool, bool)> = ["src/lib.rs", "src/main.rs"].map(|path| (path.to_owned(), false, false)).into();
    while let Some((path, is_test, by_path)) = open.pop() {
        for (named, by_path) in mods(&Source::read(path.clone()), by_path) {
            open.push((named.file, is_test || named.is_test, by_path));
        }
        found.insert(path, is_test);
    }
    found
}

/// The code of `src/` without that of tests: the files, and of each what belongs to tests.
fn production() -> Vec<(Source, Vec<Range<usize>>)> {
    let compiled = compiled();
    let sources = rust_files(&["src/"]).into_iter().filter(|source| compiled.get(&source.path) != Some(&true));
    sources.map(|source| (test_items(&source.code()), source)).map(|(tests, source)| (source, tests)).collect()
}

// ---------------------------------------------------------------------------------------------------------------- the rules

fn max_width() -> usize {
    let width = read("rustfmt.toml").lines().find_map(|line| line.strip_prefix("max_width = ")?.trim().parse().ok());
    width.expect("rustfmt.toml has a max_width")
}

/// Why a line is too long, if it is.
fn too_long(source: &Source, line: &Range<usize>, max_width: usize) -> Option<String> {
    let width = line.len();
    if width <= max_width {
        return None;
    }
    let first = line.clone().find(|at| !source.text[*at].is_whitespace())?;
    if source.kinds[first] == Kind::Comment {
        // A row of a table cannot be broken.
        let is_row = source.text(first..line.end).trim_start_matches(['/', '!']).trim_start().starts_with('|');
        return (width > COMMENT_WIDTH_MAX && !is_row).then(|| format!("a comment of {width} characters (at most {COMMENT_WIDTH_MAX})"));
    }
    let literals = source.literals(line.clone());
    let longest = literals.iter().map(|range| range.len()).max().unwrap_or_default();
    let beside = width - longest;
    (beside > BESIDE_LITERAL_MAX).then(|| {
        format!("{width} characters (at most {max_width}), {beside} of them beside its longest literal (at most {BESIDE_LITERAL_MAX})")
    })
}

#[test]
fn lines_have_a_width() {
    let max_width = max_width();
    let mut problems = Vec::new();
    let mut excused: BTreeMap<&str, usize> = BTreeMap::new();
    for source in rust_files(&["src/", "tests/", "benches/"]) {
        let exception = LONG_LINES.iter().find(|(file, _, _)| *file == source.path);
        for (index, line) in source.line_ranges().enumerate() {
            let Some(what) = too_long(&source, &line, max_width) else { continue };
            match exception {
                Some((file, _, _)) => *excused.entry(file).or_default() += 1,
                None => problems.push(format!("{}:{}: {what}", source.path, index + 1)),
            }
        }
    }
    for (file, listed, _) in LONG_LINES {
        let found = excused.get(file).copied().unwrap_or_default();
        if found != listed {
            problems.push(format!("{file}: {found} long lines, and LONG_LINES of tests/tidy.rs says {listed}"));
        }
    }
    none(&problems, "Break the line. rustfmt breaks code, but not comments, literals and what stands within macros.");
}

/// Name, first and last line of each function that has a body.
fn functions(source: &Source, tests: &[Range<usize>]) -> Vec<(String, usize, usize)> {
    let code = source.code();
    let words: Vec<(usize, String)> = words(&code).collect();
    let mut found = Vec::new();
    for pair in words.windows(2).filter(|pair| pair[0].1 == "fn") {
        let [(begin, _), (name_at, name)] = pair else { continue };
        // A type such as `fn(u32)`, or what a macro makes.
        let is_named = code[begin + 2..*name_at].iter().all(|c| c.is_whitespace());
        if !is_named || tests.iter().any(|range| range.contains(begin)) {
            continue;
        }
        if let (end, Some(_)) = item_end(&code, *name_at) {
            found.push((name.clone(), source.line_of(*begin), source.line_of(end - 1)));
        }
    }
    found
}

#[test]
fn functions_fit_on_a_screen() {
    let mut problems = Vec::new();
    let (mut needed, mut seen) = (BTreeSet::new(), 0);
    for (source, tests) in production() {
        for (name, first, last) in functions(&source, &tests) {
            seen += 1;
            let lines = last + 1 - first;
            if lines <= FUNCTION_LINES_MAX {
                continue;
            }
            if LONG_FUNCTIONS.iter().any(|(file, function, _)| *file == source.path && *function == name) {
                needed.insert((source.path.clone(), name));
            } else {
                problems.push(format!("{}:{first}: `{name}` has {lines} lines (at most {FUNCTION_LINES_MAX})", source.path));
            }
        }
    }
    assert!(seen > 500, "{seen} functions found in src/");
    for (file, function, _) in LONG_FUNCTIONS {
        if !needed.contains(&(file.to_owned(), function.to_owned())) {
            problems.push(format!("{file}: `{function}` has no more than {FUNCTION_LINES_MAX} lines: take it out of LONG_FUNCTIONS"));
        }
    }
    none(&problems, "Take out a part that has a name of its own, or list the function in LONG_FUNCTIONS of tests/tidy.rs with the reason.");
}

#[test]
fn every_source_file_is_named_by_a_mod() {
    let compiled = compiled();
    let orphans = files().into_iter().filter(|path| path.starts_with("src/") && path.ends_with(".rs") && !compiled.contains_key(path));
    let problems: Vec<String> = orphans.map(|path| format!("{path}:1: no `mod` and no `#[path]` names this file")).collect();
    none(&problems, "Name it in the `mod.rs` of its folder, or delete it: as it is, it is not compiled.");
}

/// Names of metrics in a text: `adoption_` and small letters, but not the program's own name.
fn metric_names(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c == '_'));
    words.filter(|word| word.len() > "adoption_".len() && word.starts_with("adoption_") && *word != "adoption_tracker").collect()
}

/// Suffixes of topics in a text: the whole of it, or one before `.v1`.
fn topic_names(text: &str) -> Vec<&'static str> {
    TOPICS.into_iter().filter(|topic| text == *topic || text.contains(&format!("{topic}.v1"))).collect()
}

/// The text of a literal between its quotes.
fn unquoted(literal: &str) -> &str {
    let (begin, end) = (literal.find(['"', '\'']).unwrap_or_default(), literal.rfind(['"', '\'']).unwrap_or_default());
    literal.get(begin + 1..end).unwrap_or_default()
}

#[test]
fn names_of_metrics_and_topics_stand_in_their_lists() {
    let mut problems = Vec::new();
    let mut needed = BTreeSet::new();
    for (source, tests) in production() {
        for range in source.literals(0..source.text.len()) {
            if tests.iter().any(|test| test.contains(&range.start)) {
                continue;
            }
            let (literal, line) = (source.text(range.clone()), source.line_of(range.start));
            let text = unquoted(&literal);
            let mut check = |names: Vec<&str>, list: &[(&str, &str)], what: &'static str, whose: &str| {
                for name in names {
                    needed.insert((source.path.clone(), what));
                    if !list.iter().any(|(file, _)| *file == source.path) {
                        problems.push(format!("{}:{line}: {what} {name:?}, which {whose}", source.path));
                    }
                }
            };
            check(metric_names(text), &METRIC_NAMES, "the metric", "belongs into src/ops/metrics.rs: use its handle");
            check(topic_names(text), &TOPIC_NAMES, "the topic", "stands in the files of TOPIC_NAMES: take it from there");
        }
    }
    let listed = METRIC_NAMES.iter().map(|(file, _)| (*file, "the metric")).chain(TOPIC_NAMES.iter().map(|(file, _)| (*file, "the topic")));
    for (file, what) in listed.filter(|(file, what)| !needed.contains(&((*file).to_owned(), *what))) {
        problems.push(format!("{file}: no name of {what} is left there: take it out of its list"));
    }
    none(&problems, "The lists are METRIC_NAMES and TOPIC_NAMES of tests/tidy.rs.");
}

/// The modules that code names behind `crate::`, with where.
fn used_modules(code: &[char]) -> Vec<(usize, String)> {
    let words: Vec<(usize, String)> = words(code).collect();
    let behind_crate = |pair: &&[(usize, String)]| pair[0].1 == "crate" && starts_with(code, pair[0].0, &format!("crate::{}", pair[1].1));
    words.windows(2).filter(behind_crate).map(|pair| pair[1].clone()).collect()
}

#[test]
fn modules_use_what_they_may() {
    let mut problems = Vec::new();
    let mut unneeded: BTreeSet<(&str, &str)> = MAY_USE.iter().flat_map(|(module, may)| may.iter().map(|used| (*module, *used))).collect();
    for (source, tests) in production() {
        let module = source.path["src/".len()..].split(['/', '.']).next().unwrap_or_default().to_owned();
        let code = source.code();
        if code.windows("crate::{".len()).any(|window| window.iter().collect::<String>() == "crate::{") {
            problems.push(format!("{}: a `use` of several modules of the crate: one for each", source.path));
        }
        for (at, used) in
            used_modules(&code).into_iter().filter(|(at, used)| *used != module && !tests.iter().any(|test| test.contains(at)))
        {
            // Macros and the crate's root.
            let is_module = MAY_USE.iter().any(|(module, _)| *module == used);
            let is_allowed = MAY_USE.iter().any(|(user, may)| *user == module && may.contains(&used.as_str()));
            unneeded.retain(|(user, of)| *user != module || *of != used);
            if is_module && !is_allowed {
                problems.push(format!("{}:{}: `{module}` may not use `{used}`", source.path, source.line_of(at)));
            }
        }
    }
    problems.extend(unneeded.iter().map(|(module, used)| format!("`{module}` does not use `{used}` any more: take it out of MAY_USE")));
    none(
        &problems,
        "The table is MAY_USE of tests/tidy.rs, and \"may use\" of docs/architecture.md: what two modules share belongs further inwards.",
    );
}

/// A line of the canonical form, which is never changed: a metric came to be called as it begins.
const CANONICAL_LINE: &str = "account_stage";

/// Names of a playbook's metrics in a message, but for its examples, which stand between backticks: those that are no words of English.
fn playbook_metrics<'n>(text: &str, names: &'n [String]) -> Vec<&'n str> {
    let prose: String = text.split('`').step_by(2).collect::<Vec<_>>().join("`");
    let is_written = |name: &&String| {
        let places = prose.match_indices(name.as_str());
        let whole = places.filter(|(at, _)| !prose[..*at].ends_with(is_of_word));
        whole
            .map(|(at, _)| &prose[at + name.len()..])
            .any(|rest| rest.starts_with('(') || name.contains('_') && !rest.starts_with(is_of_word))
    };
    names.iter().filter(|name| *name != CANONICAL_LINE).filter(is_written).map(String::as_str).collect()
}

#[test]
fn the_playbook_knows_no_metric() {
    let table = read("docs/reference/metrics.md");
    let name = |row: &str| Some(row.strip_prefix("| `")?.split(|c| !is_of_word(c)).next()?.to_owned());
    let names: Vec<String> = table.lines().filter_map(name).collect();
    assert!(names.len() > 30, "{names:?}");
    let mut problems = Vec::new();
    for (source, tests) in production().into_iter().filter(|(source, _)| source.path.starts_with("src/playbook/")) {
        for range in source.literals(0..source.text.len()).into_iter().filter(|range| !tests.iter().any(|test| test.contains(&range.start)))
        {
            let found = playbook_metrics(unquoted(&source.text(range.clone())), &names).join(", ");
            if !found.is_empty() {
                problems.push(format!("{}:{}: {found}", source.path, source.line_of(range.start)));
            }
        }
    }
    none(&problems, "What is to be known of a metric stands in its signature, which the vocabulary hands over.");
}

#[test]
fn comments_stand_by_themselves() {
    let mut problems = Vec::new();
    for source in rust_files(&["src/", "tests/", "benches/"]) {
        let mut goes_on = false;
        for line in source.line_ranges() {
            let comment = line.clone().find(|at| source.kinds[*at] == Kind::Comment);
            let text = comment.map(|begin| source.text(begin..line.end)).unwrap_or_default();
            let begins = text.trim_start_matches(['/', '!', '*']).trim_start().starts_with("The same");
            if begins && !goes_on {
                problems.push(format!("{}:{}: {text}", source.path, source.line_of(line.start)));
            }
            goes_on = comment.is_some();
        }
    }
    none(&problems, "Say what it is, or name what it is the same as.");
}

#[test]
fn markdown_ends_with_a_newline_and_has_no_stray_whitespace() {
    let mut problems = Vec::new();
    let documents: Vec<String> = files().into_iter().filter(|path| path.ends_with(".md")).collect();
    assert!(documents.len() > 10, "{documents:?}");
    for path in documents {
        let text = read(&path);
        if !text.ends_with('\n') || text.ends_with("\n\n") {
            problems.push(format!("{path}:{}: the file ends without a newline, or with an empty line", text.lines().count()));
        }
        for (index, line) in text.split('\n').enumerate() {
            let at = format!("{path}:{}", index + 1);
            if line.ends_with([' ', '\t', '\r']) {
                problems.push(format!("{at}: whitespace at the end of the line"));
            }
            if line.contains('\t') {
                problems.push(format!("{at}: a tab"));
            }
        }
    }
    none(&problems, "Take the whitespace out; an editor that reads .editorconfig does so by itself.");
}

/// Folders of people and of machines, at the beginning of a path. Put together, so that this file holds none.
fn machine_paths() -> Vec<String> {
    ["root", "home", "work", "Users"].map(|folder| format!("/{folder}/")).into()
}

/// Places of a text at which an absolute path begins with one of these: not within a longer path or an address.
fn absolute_paths(text: &str, folders: &[String]) -> Vec<String> {
    let is_within =
        |before: &str| before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '~' | '}' | ')' | '*'));
    let of = |folder: &String| {
        let places = text.match_indices(folder.as_str()).filter(|(at, _)| !is_within(&text[..*at]));
        places.map(|(at, _)| text[at..].chars().take_while(|c| !c.is_whitespace()).take(40).collect()).collect::<Vec<String>>()
    };
    folders.iter().flat_map(of).collect()
}

#[test]
fn no_file_names_a_place_on_somebodys_machine() {
    let folders = machine_paths();
    let mut problems = Vec::new();
    for path in files().into_iter().filter(|path| path != "Cargo.lock") {
        for (index, line) in read(&path).lines().enumerate() {
            let places = absolute_paths(line, &folders);
            problems.extend(places.iter().map(|place| format!("{path}:{}: {place}", index + 1)));
        }
    }
    none(&problems, "Say it from the repository's root, or by a variable of the environment.");
}

/// Files of `src/` that a text names between backticks.
fn named_sources(text: &str) -> impl Iterator<Item = &str> {
    let spans = text.split('`').skip(1).step_by(2);
    // A test in one of them is named behind its file: tests/coverage.rs looks for it there.
    let files = spans.map(|span| span.split("::").next().unwrap_or_default());
    files.filter(|file| file.starts_with("src/") && !file.contains(|c: char| c.is_whitespace() || matches!(c, '*' | '<' | '…')))
}

#[test]
fn source_files_named_in_documents_exist() {
    let mut problems = Vec::new();
    let mut seen = 0;
    for path in files().into_iter().filter(|path| path.ends_with(".md")) {
        for (index, line) in read(&path).lines().enumerate() {
            for named in named_sources(line) {
                seen += 1;
                if root().join(named).exists() {
                    continue;
                }
                problems.push(format!("{path}:{}: {named} is not there", index + 1));
            }
        }
    }
    assert!(seen > 10, "{seen} names of source files found in documents");
    none(&problems, "Name the file that has taken its place.");
}

// ---------------------------------------------------------------------------------------------------------------- the reading of Rust

#[test]
fn code_is_told_from_comments_and_literals() {
    // Below each text what its characters are: code `.`, comment `/`, literal `"`.
    let table = [
        (r#"a "b" c"#, r#"..""".."#),
        (r#"a "\"{" c"#, r#"..""""".."#),
        (r##"r#"a"b"# r#fn"##, r##"""""""""....."##),
        (r#"br"a\" b"c" bar"d""#, r#""""""".""""....""""#),
        (r#"'a' 'a '\'' b'{' ' '"#, r#""""....""""."""".""""#),
        (r#"x: &'a str // '""#, r#".........../////"#),
        (r#"f(b, "//") / 2"#, r#".....""""....."#),
        ("/* /* { */ } */ {", "///////////////.."),
    ];
    for (text, expected) in table {
        let source = Source::new("x.rs".to_owned(), text);
        let sign = |kind: &Kind| match kind {
            Kind::Code => '.',
            Kind::Comment => '/',
            Kind::Literal => '"',
        };
        assert_eq!(source.kinds.iter().map(sign).collect::<String>(), expected, "{text}");
    }
}

#[test]
fn functions_are_found_with_their_lines() {
    let text = r###"
fn one(a: [u8; 3]) -> impl Fn(&str) { // {
    let text = "}"; let c = '}'; let raw = r#"}"#;
    fn within<'a>(x: &'a str) {}
}
trait T { fn without(&self); }
type F = fn(u32) -> u32;
#[cfg(test)]
#[allow(unused)]
mod tests {
    fn of_tests() {}
}
const fn last() {
}
"###;
    let source = Source::new("x.rs".to_owned(), text);
    let found = functions(&source, &test_items(&source.code()));
    let expected = [("one", 2, 5), ("within", 4, 4), ("last", 13, 14)].map(|(name, first, last)| (name.to_owned(), first, last));
    assert_eq!(found, expected);
}

#[test]
fn metrics_of_a_playbook_are_told_from_words() {
    let names = ["events", "usage_change"].map(str::to_owned);
    for (text, found) in [
        ("expected `events(30)` or `usage_change`", 0),
        ("no events happened", 0),
        ("events(30) is missing", 1),
        ("usage_change", 1),
        ("usage_changes and `x` usage_change", 1),
    ] {
        assert_eq!(playbook_metrics(text, &names).len(), found, "{text}");
    }
}

#[test]
fn paths_of_machines_are_told_from_others() {
    let folders = machine_paths();
    for (text, count) in
        [("at /HOME/me", 1), ("\"/HOME/me\"", 1), ("https://example.com/HOME/x", 0), ("$TMPDIR/HOME/x", 0), ("a/HOME/b", 0)]
    {
        assert_eq!(absolute_paths(&text.replace("HOME", "home"), &folders).len(), count, "{text}");
    }
}
