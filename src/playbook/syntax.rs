//! Parses CEL within bounds, and says what is wrong with it in words for rule owners.

use super::check::Finding;
use super::problem::quoted;
use cel::IdedExpr;
use cel::common::ast::SourceInfo;
use cel::parser::{ParseError, Parser};

/// Longest condition, in characters.
const CHARS_MAX: usize = 4096;
/// Deepest nesting of brackets. The parser needs up to 100 KiB of stack for each level.
const DEPTH_MAX: usize = 32;
/// Most operators and dots: chains of them nest, in the parser and in what it returns.
const OPERATORS_MAX: usize = 500;

/// How the parser's grammar errors begin.
const GRAMMAR: &str = "Syntax error: ";

/// Stack for the thread that parses: a condition at every bound needs a few MiB, where optimisation is off.
pub(super) const STACK_BYTES: usize = 64 << 20;

/// What a text of CEL is, as messages call it.
#[derive(Clone, Copy)]
pub(super) enum Is {
    Condition,
    /// It has a value.
    Expression,
    /// Of the whole fleet.
    Figure,
}

impl Is {
    fn name(self) -> &'static str {
        match self {
            Self::Condition => "condition",
            Self::Expression => "expression",
            Self::Figure => "figure",
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::Condition => "a comparison of metrics, such as `events >= 1`",
            Self::Expression => "a metric or a calculation, such as `events / seats`",
            Self::Figure => "its name, such as `utilization`",
        }
    }
}

/// Parses a text. The first syntax error only: others follow from it.
pub(super) fn parse(text: &str, is: Is) -> Result<(IdedExpr, SourceInfo), Finding> {
    if text.trim().is_empty() {
        return Err((0, format!("the {} is empty: expected {}", is.name(), is.example())));
    }
    bounded(text, is.name())?;
    Parser::new().parse_with_source_info(text).map_err(|errors| {
        // What the grammar refuses comes before what follows from it when the broken tree is read.
        let errors = errors.errors;
        match errors.iter().find(|error| error.msg.starts_with(GRAMMAR)).or(errors.first()) {
            Some(error) => (offset(text, error), explained(error)),
            None => (0, "not valid CEL".to_owned()),
        }
    })
}

fn bounded(text: &str, what: &str) -> Result<(), Finding> {
    let (mut depth, mut operators) = (0_usize, 0_usize);
    let mut quote: Option<char> = None;
    let mut escaped = false;
    let mut within_operator = false;
    for (offset, c) in text.chars().enumerate() {
        if offset >= CHARS_MAX {
            return Err((offset, format!("the {what} is longer than {CHARS_MAX} characters")));
        }
        if let Some(closing) = quote {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                c if c == closing => quote = None,
                _ => {}
            }
            continue;
        }
        let operator = "+-*/%.<>=!?:&|".contains(c);
        match c {
            '"' | '\'' => quote = Some(c),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ if operator && !within_operator => operators += 1,
            _ => {}
        }
        within_operator = operator;
        if depth > DEPTH_MAX {
            return Err((offset, format!("brackets are nested more than {DEPTH_MAX} deep")));
        }
        if operators > OPERATORS_MAX {
            return Err((offset, format!("the {what} has more than {OPERATORS_MAX} operators")));
        }
    }
    Ok(())
}

/// The error's place, which the parser tells as a line and a column, as an offset in characters.
fn offset(text: &str, error: &ParseError) -> usize {
    let line = usize::try_from(error.pos.0).unwrap_or(0).saturating_sub(1);
    let column = usize::try_from(error.pos.1).unwrap_or(0).saturating_sub(1);
    let before: usize = text.split_inclusive('\n').take(line).map(|line| line.chars().count()).sum();
    before + column
}

/// The parser's message without its token names, which mean nothing to a rule owner.
fn explained(error: &ParseError) -> String {
    let message = error.msg.strip_prefix(GRAMMAR).unwrap_or(&error.msg);
    if let Some((missing, next)) = message.strip_prefix("missing ").and_then(|rest| rest.split_once(" at ")) {
        let next = if next == "'<EOF>'" { "at the end".to_owned() } else { format!("before {}", quoted(next.trim_matches('\''))) };
        return format!("not valid CEL: {} is missing {next}", quoted(missing.trim_matches('\'')));
    }
    let found =
        between(message, "'", "' expecting").or_else(|| between(message, "at: '", "'")).or_else(|| between(message, "input '", "'"));
    let hint = |found: &str| match found.trim() {
        "=" => "; write `==` to compare",
        "and" | "AND" | "&" => "; write `&&`",
        "or" | "OR" | "|" => "; write `||`",
        "not" | "NOT" => "; write `!`",
        _ => "",
    };
    match found {
        Some("<EOF>") => "not valid CEL: it ends where more is expected".to_owned(),
        Some(found) if found.trim().is_empty() => "not valid CEL: an invisible character is not expected here".to_owned(),
        Some(found) => format!("not valid CEL: {} is not expected here{}", quoted(found.trim()), hint(found)),
        None if message.contains("int literal") || message.contains("double literal") => {
            "the number does not fit: at most 18 digits, and 18 places after the point".to_owned()
        }
        None => format!("not valid CEL: {message}"),
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.rfind(after).map(|end| &rest[..end]).filter(|found| !found.is_empty())
}
