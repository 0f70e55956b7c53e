pub mod changelog;
pub mod engine;
pub mod input;
pub mod output;
pub mod playbook;
pub mod replay;
pub mod cli { pub fn main() -> std::process::ExitCode { std::process::ExitCode::SUCCESS } }
