//! Whom a condition is judged of.

use super::facts::UserIndex;
use crate::playbook::ProductIndex;

/// In the order of outputs: the account, then product by product, then user by user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    Account,
    Product(ProductIndex),
    User(UserIndex),
    UserOfProduct { product: ProductIndex, user: UserIndex },
}

impl Subject {
    /// Stands for each user where what is asked does not depend on whom it is asked of.
    pub const SOME_USER: Self = Self::User(UserIndex(0));

    /// The product whose metrics a condition means where it names none.
    pub fn product(self) -> Option<ProductIndex> {
        match self {
            Self::Product(product) | Self::UserOfProduct { product, .. } => Some(product),
            Self::Account | Self::User(_) => None,
        }
    }

    pub fn user(self) -> Option<UserIndex> {
        match self {
            Self::User(user) | Self::UserOfProduct { user, .. } => Some(user),
            Self::Account | Self::Product(_) => None,
        }
    }
}

/// What an incident is of: a rule by its index in the playbook, and whom it is judged of. In the order of outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncidentKey {
    pub rule: u16,
    pub subject: Subject,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_outputs() {
        let (crm, sales) = (ProductIndex(0), ProductIndex(1));
        let subjects = [
            Subject::Account,
            Subject::Product(crm),
            Subject::Product(sales),
            Subject::User(UserIndex(0)),
            Subject::UserOfProduct { product: crm, user: UserIndex(7) },
            Subject::UserOfProduct { product: sales, user: UserIndex(0) },
        ];
        let keys: Vec<IncidentKey> = (0..2).flat_map(|rule| subjects.map(|subject| IncidentKey { rule, subject })).collect();
        assert!(keys.is_sorted());
        assert_eq!(subjects.map(Subject::product), [None, Some(crm), Some(sales), None, Some(crm), Some(sales)]);
        assert_eq!(subjects.map(|subject| subject.user().map(|user| user.0)), [None, None, None, Some(0), Some(7), Some(0)]);
    }

    #[test]
    fn what_is_remembered_of_an_incident_stays_small() {
        assert!(size_of::<IncidentKey>() <= 16, "{}", size_of::<IncidentKey>());
    }
}
