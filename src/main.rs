/// Faster than the system's allocator for the engine's many small, long-lived blocks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    adoption_tracker::cli::main()
}
