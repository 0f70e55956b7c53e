//! Accounts by their ids in other systems.

use crate::engine::Engine;

/// Those that have this id in a system, as far as they may be seen, by their own ids.
pub fn accounts_of_id(engine: &Engine, system: &str, id: &str, may_see: impl Fn(Option<&str>) -> bool) -> Vec<String> {
    let has_it = |account: &&crate::engine::Account| {
        let profile = account.profile.as_deref();
        let known = profile.and_then(|profile| profile.ids.as_ref()?.get(system));
        known.is_some_and(|known| known == id) && may_see(profile.and_then(|profile| profile.owner.as_deref()))
    };
    let mut found: Vec<String> = engine.accounts().iter().filter(has_it).map(|account| account.id.as_str().to_owned()).collect();
    found.sort_unstable();
    found
}
