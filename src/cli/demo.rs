pub(super) fn execute(_args: super::DemoArgs) -> anyhow::Result<()> {
    Ok(())
}
