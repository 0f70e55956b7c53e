//! An account's people.

use std::collections::BTreeMap;

use super::ask::Asked;
use crate::engine::{plain_number, present};
use crate::playbook::Of;
use crate::view::account::{DepartmentView, PersonaView, UsersView};

pub fn personas(asked: &Asked<'_>) -> Vec<PersonaView> {
    let view = |(persona, of): (&crate::playbook::Persona, &crate::engine::PlanPersona)| PersonaView {
        persona: persona.id.clone(),
        share: asked.view.share_of_users(&of.keeps, &of.among).and_then(plain_number),
    };
    asked.playbook.personas.iter().zip(&asked.view.plan.personas).map(view).collect()
}

pub fn users(asked: &Asked<'_>) -> UsersView {
    let account = asked.account();
    let mut departments: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    asked.view.with_members(|members| {
        for member in present(members) {
            let Some(department) = account.users.profile(member.user).and_then(|profile| profile.department.as_deref()) else { continue };
            let (users, active) = departments.entry(department).or_default();
            *users += 1;
            *active += u64::from(member.days.count(asked.playbook.window_days.into(), 0) > 0);
        }
    });
    let view =
        |(department, (users, active_users)): (&str, (u64, u64))| DepartmentView { department: department.to_owned(), users, active_users };
    UsersView { present: asked.count(Of::Account, None, "users_known", None), departments: departments.into_iter().map(view).collect() }
}
