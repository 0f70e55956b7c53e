pub(super) fn execute(_args: super::TopicsArgs) -> anyhow::Result<()> { Ok(()) }
