//! Names of companies and people that do not exist.

use crate::random::Random;

const FIRST: [&str; 32] = [
    "Alder",
    "Amberly",
    "Birchway",
    "Brightmoor",
    "Cinderhall",
    "Cobalt",
    "Coppergate",
    "Driftwood",
    "Eastmere",
    "Elmstead",
    "Fernhill",
    "Foxglove",
    "Glasswing",
    "Greywater",
    "Hazelton",
    "Ironleaf",
    "Juniper",
    "Kestrel",
    "Larkspur",
    "Lowland",
    "Marlow",
    "Meridian",
    "Nettlefield",
    "Oakhurst",
    "Pinecrest",
    "Quarry",
    "Rookwood",
    "Saltmarsh",
    "Thistle",
    "Umber",
    "Westering",
    "Yarrow",
];

const SECOND: [(&str, &str); 15] = [
    ("Foods", "food"),
    ("Logistics", "logistics"),
    ("Robotics", "manufacturing"),
    ("Health", "healthcare"),
    ("Energy", "energy"),
    ("Studios", "media"),
    ("Textiles", "retail"),
    ("Optics", "manufacturing"),
    ("Mobility", "transport"),
    ("Analytics", "software"),
    ("Insurance", "insurance"),
    ("Bank", "banking"),
    ("Outfitters", "retail"),
    ("Pharma", "healthcare"),
    ("Freight", "logistics"),
];

const PEOPLE: [&str; 24] = [
    "amara", "bruno", "chiara", "dmitri", "elif", "farid", "greta", "hana", "ivo", "jonas", "kaede", "lucia", "mateo", "nadia", "oskar",
    "priya", "quentin", "rosa", "sven", "tamsin", "uma", "viktor", "wanda", "yusuf",
];

const FAMILIES: [&str; 20] = [
    "abbott",
    "brandt",
    "castell",
    "dahl",
    "esposito",
    "fuchs",
    "grimaldi",
    "holm",
    "ibarra",
    "jansen",
    "keller",
    "lindqvist",
    "moreau",
    "novak",
    "okafor",
    "petrov",
    "quist",
    "rossi",
    "sato",
    "tanaka",
];

/// Zones of customers; the first is the playbook's own.
const ZONES: [(&str, &str); 6] = [
    ("UTC", "emea"),
    ("Europe/Berlin", "emea"),
    ("America/New_York", "amer"),
    ("Europe/London", "emea"),
    ("America/Chicago", "amer"),
    ("Asia/Singapore", "apac"),
];

const MANAGERS: [&str; 5] = ["ines.varga", "paul.weston", "mei.arnold", "tobias.reyes", "sunita.cole"];

const SELLERS: [&str; 3] = ["bea.lang", "omar.finch", "kirsten.vale"];

/// Who an account is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// Unique among the accounts of one stream.
    pub id: String,
    pub name: String,
    pub industry: &'static str,
    pub region: &'static str,
    pub time_zone: &'static str,
    /// Who looks after the account.
    pub owner: &'static str,
    /// Who sells to it.
    pub account_executive: &'static str,
    /// User ids, all different.
    pub users: Vec<String>,
}

/// Coprime to the number of names, so that the walk through them meets each once before it comes back.
const STEP: usize = 77;

pub fn company(number: usize, users: usize, random: &mut Random) -> Company {
    let names = FIRST.len() * SECOND.len();
    let place = number * STEP % names;
    let (first, (second, industry)) = (FIRST[place % FIRST.len()], SECOND[place / FIRST.len()]);
    let (mut id, mut name) = (format!("{}-{}", first.to_lowercase(), second.to_lowercase()), format!("{first} {second}"));
    if number >= names {
        let round = number / names + 1;
        id = format!("{id}-{round}");
        name = format!("{name} {round}");
    }
    let (time_zone, region) = ZONES[random.below(ZONES.len())];
    let offset = random.below(FAMILIES.len());
    // One given name each, as long as they last.
    let user = |at: usize| format!("{}.{}", PEOPLE[(at + offset) % PEOPLE.len()], FAMILIES[(at * 7 + offset) % FAMILIES.len()]);
    let users = (0..users).map(user).collect();
    let owner = MANAGERS[random.below(MANAGERS.len())];
    let account_executive = SELLERS[number % SELLERS.len()];
    Company { id, name, industry, region, time_zone, owner, account_executive, users }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_account_and_every_user_has_a_name_of_its_own() {
        let mut random = Random::new(1);
        let companies: Vec<Company> = (0..2_000).map(|number| company(number, 20, &mut random)).collect();
        let ids: BTreeSet<&str> = companies.iter().map(|company| company.id.as_str()).collect();
        assert_eq!(ids.len(), companies.len());
        for company in &companies {
            assert_eq!(company.users.iter().collect::<BTreeSet<_>>().len(), 20, "{company:?}");
            assert!(jiff::tz::TimeZone::get(company.time_zone).is_ok());
        }
    }
}
