//! What is asked of rows in the words of a playbook: filters and orders that stand by themselves, as in a question to a list.

use std::thread;

use super::Playbook;
use super::check::{ConditionOf, Environment, Finding, check};
use super::condition::Condition;
use super::declared::{Declared, Place};
use super::problem::nearest;
use super::syntax;
use super::vocabulary::{Rows, Vocabulary};
use super::worklists::{OrderBy, read_order};

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at character {position})")]
pub struct TextProblem {
    /// In characters, from 1.
    pub position: u32,
    /// What was wrong, what was expected, and the nearest known name where there is one.
    pub message: String,
    /// Of a name that is not known, the field that is most like it.
    pub nearest: Option<String>,
}

impl TextProblem {
    fn new(text: &str, (offset, message): Finding, rows: Rows, vocabulary: &Vocabulary) -> Self {
        let word: String = text.chars().skip(offset).take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let known = || vocabulary.row(rows).iter().map(|field| field.name);
        let meant = nearest(&word, known()).filter(|_| !known().any(|field| field == word)).map(str::to_owned);
        Self { position: offset as u32 + 1, message, nearest: meant }
    }
}

impl Playbook {
    /// Reads a filter of rows, as that of a worklist.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it; a syntax error is the only one.
    pub fn row_filter(&self, text: &str, rows: Rows) -> Result<Condition, Vec<TextProblem>> {
        let checked = || {
            let environment = Environment {
                subject: ConditionOf::Row(rows),
                vocabulary: self.vocabulary,
                products: &[],
                calendars: &[],
                declared: &Declared::default(),
                only_products: None,
                place: Place::After,
                settle_days: self.settle_days,
                window_days: self.window_days,
                min_volume: self.min_volume,
                min_active_days: self.min_active_days,
            };
            check(text, &environment)
        };
        // The CEL parser recurses deeply, and the caller's stack may be small.
        let read = thread::scope(|scope| {
            let builder = thread::Builder::new().name("filter".to_owned()).stack_size(syntax::STACK_BYTES);
            let handle = builder.spawn_scoped(scope, checked).expect("a process that runs can start a thread");
            handle.join().expect("checking reports problems and does not panic")
        });
        let told = |finding| TextProblem::new(text, finding, rows, self.vocabulary);
        read.map(|checked| checked.read).map_err(|findings| findings.into_iter().map(told).collect())
    }

    /// Reads an order of rows, as that of a worklist: `a desc, b`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn row_order(&self, text: &str, rows: Rows) -> Result<Vec<OrderBy>, Vec<TextProblem>> {
        let (orders, findings) = read_order(text, rows, self.vocabulary, "`order_by`");
        if findings.is_empty() {
            return Ok(orders);
        }
        Err(findings.into_iter().map(|finding| TextProblem::new(text, finding, rows, self.vocabulary)).collect())
    }

    /// The field most like a name that rows do not have.
    pub fn nearest_field(&self, name: &str, rows: Rows) -> Option<&'static str> {
        nearest(name, self.vocabulary.row(rows).iter().map(|field| field.name))
    }

    pub fn worklist(&self, id: &str) -> Option<&super::Worklist> {
        self.worklists.iter().find(|worklist| worklist.id == id)
    }
}
