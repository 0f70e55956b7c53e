//! The service's binary, run to its end.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs the service with these words and this standard input, with no settings from around.
pub fn run(words: &[&str], stdin: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_adoption-tracker"))
        .args(words)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the service starts");
    // One that ends before it has read everything closes the pipe: that is its right.
    drop(child.stdin.take().expect("a pipe").write_all(stdin));
    let Output { status, stdout, stderr } = child.wait_with_output().expect("the service ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ran { status: status.code().expect("no signal"), stdout: text(stdout), stderr: text(stderr) }
}
