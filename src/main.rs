fn main() -> std::process::ExitCode {
    adoption_tracker::cli::main()
}
