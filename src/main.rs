/// Faster than the system's allocator for the engine's many small, long-lived blocks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    keep_librdkafkas_memory();
    adoption_tracker::cli::main()
}

/// librdkafka allocates with the C library, a fetched and unpacked batch at a time: blocks of a size that glibc by default takes from the
/// kernel and gives back each time, with every page cleared and faulted in anew.
fn keep_librdkafkas_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: plain settings of the allocator, before any thread is started.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 32 << 20);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 256 << 20);
        libc::mallopt(libc::M_TOP_PAD, 1 << 20);
    }
}
