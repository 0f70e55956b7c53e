//! Files with a caret before each place that a problem is told of.

/// Checks that loading a file of that name tells exactly these problems, at the carets.
#[track_caller]
pub fn check(file: &str, fixture: &str, messages: &[&str], problems: impl FnOnce(&str) -> Vec<String>) {
    let mut expected = Vec::new();
    let mut messages_left = messages.iter();
    for (index, line) in fixture.lines().enumerate() {
        for (carets_before, (column, _)) in line.chars().enumerate().filter(|(_, c)| *c == '^').enumerate() {
            let message = messages_left.next().unwrap_or_else(|| panic!("more carets than messages in:\n{fixture}"));
            expected.push(format!("{file}:{}:{}: {message}", index + 1, column + 1 - carets_before));
        }
    }
    assert_eq!(messages_left.next(), None, "more messages than carets in:\n{fixture}");
    assert_eq!(problems(&fixture.replace('^', "")), expected, "in:\n{fixture}");
}
