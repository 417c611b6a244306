//! People in any number: believable names, departments and licences, the same ones on every run.

use std::sync::Arc;

use crate::random::stable_uuid;
use crate::seed::Seed;
use crate::webex::licenses::License;
use crate::webex::people::{Account, Profile, long_ago};

const FIRST: [&str; 48] = [
    "Alma", "Anton", "Aylin", "Bruno", "Carla", "Cem", "Dagmar", "David", "Elena", "Emil", "Fatima", "Finn",
    "Gabriel", "Hanna", "Henrik", "Ida", "Ivan", "Jana", "Jonas", "Julia", "Kaan", "Karin", "Lars", "Lena",
    "Luca", "Maja", "Marek", "Maria", "Mehmet", "Mila", "Nadia", "Niklas", "Nina", "Oskar", "Paula", "Pavel",
    "Rania", "Robin", "Sara", "Selim", "Sofia", "Stefan", "Tamara", "Theo", "Ursula", "Vera", "Wim", "Yara",
];
const LAST: [&str; 52] = [
    "Albrecht",
    "Andersson",
    "Aydin",
    "Bauer",
    "Becker",
    "Bianchi",
    "Braun",
    "Celik",
    "Costa",
    "Dietrich",
    "Eder",
    "Engel",
    "Fischer",
    "Frank",
    "Fuchs",
    "Garcia",
    "Graf",
    "Gruber",
    "Haas",
    "Hansen",
    "Huber",
    "Ivanov",
    "Jansen",
    "Jung",
    "Kaiser",
    "Kaya",
    "Klein",
    "Koch",
    "Kowalski",
    "Kraus",
    "Lang",
    "Lehmann",
    "Lorenz",
    "Maier",
    "Marino",
    "Meyer",
    "Moreau",
    "Novak",
    "Otto",
    "Peters",
    "Pohl",
    "Richter",
    "Roth",
    "Sahin",
    "Sauer",
    "Schulz",
    "Simon",
    "Vogel",
    "Wagner",
    "Weber",
    "Winter",
    "Ziegler",
];
const DEPARTMENTS: [(&str, &str); 10] = [
    ("Reference", "Reference Librarian"),
    ("Service Desk", "Circulation Assistant"),
    ("Teaching Library", "Instruction Librarian"),
    ("Research Data", "Data Librarian"),
    ("Digital Services", "Software Developer"),
    ("Cataloguing", "Cataloguer"),
    ("Acquisitions", "Subject Librarian"),
    ("Special Collections", "Archivist"),
    ("Administration", "Administrator"),
    ("Reference", "Subject Librarian"),
];
const STATUS: [&str; 6] = ["active", "inactive", "inactive", "meeting", "unknown", "pending"];
const ZONES: [&str; 4] = ["Europe/Berlin", "Europe/Berlin", "Europe/London", "America/New_York"];

/// The accounts that the seed asks for beyond those it lists.
pub(super) fn generated<'a>(
    seed: &'a Seed,
    licenses: &'a [Arc<License>],
    listed: usize,
) -> impl Iterator<Item = Account> + 'a {
    let wanted = usize::try_from(seed.webex_people).unwrap_or_default();
    (0..wanted.saturating_sub(listed)).map(move |index| account(index, &seed.organization.domain, licenses))
}

fn pick<T: Copy>(from: &[T], index: usize) -> Option<T> {
    from.get(index % from.len().max(1)).copied()
}

fn account(index: usize, domain: &str, licenses: &[Arc<License>]) -> Account {
    // Numbers without a common factor with the lists' lengths mix first and last names well.
    let first = pick(&FIRST, index * 7).unwrap_or_default();
    let last = pick(&LAST, index / FIRST.len() + index * 5).unwrap_or_default();
    let (department, title) = pick(&DEPARTMENTS, index / 3).unwrap_or_default();
    let email = format!("{}.{}.{index}@{domain}", first.to_lowercase(), last.to_lowercase());
    let mut account = Account::new(stable_uuid("webex person", &email), email, long_ago());
    pick(&ZONES, index / 5).unwrap_or_default().clone_into(&mut account.timezone);
    pick(&STATUS, index).unwrap_or_default().clone_into(&mut account.status);
    account.licenses = held(index, department, licenses);
    account.profile = Profile {
        display_name: format!("{first} {last}"),
        first_name: Some(first.to_owned()),
        last_name: Some(last.to_owned()),
        department: Some(department.to_owned()),
        title: Some(title.to_owned()),
        ..Profile::default()
    };
    account
}

/// What everybody has, and for most departments the first licence to host meetings.
fn held(index: usize, department: &str, licenses: &[Arc<License>]) -> Vec<Arc<License>> {
    let host = !matches!(department, "Cataloguing" | "Acquisitions") && index % 10 != 9;
    let hosting = licenses.iter().find(|license| license.site.is_some()).filter(|_| host);
    let everybodys = licenses.iter().filter(|license| license.implicit || license.kind == "MS");
    everybodys.chain(hosting).cloned().collect()
}
