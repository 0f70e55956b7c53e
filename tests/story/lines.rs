//! What a notation stands for where nothing is asked meanwhile: lines alone.

use super::notation::{self, Step};

pub fn lines(text: &str) -> impl Iterator<Item = Vec<u8>> + use<> {
    notation::steps(text).into_iter().flat_map(|step| match step {
        Step::Nothing => Vec::new(),
        Step::Lines(lines) => lines,
        Step::Until(until) => panic!("until {until}: the command says it"),
        Step::Ask { tick, account, questions } => panic!("{tick:?}: {account} is asked {questions:?}, and nobody answers"),
    })
}
