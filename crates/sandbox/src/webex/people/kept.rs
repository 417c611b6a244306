//! People as they outlive the process: those who are not as the seed made them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Account, Accounts};
use crate::webex::licenses::License;

/// Everybody who was changed or came since the beginning, and who went.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct KeptPeople {
    changed: Vec<KeptPerson>,
    gone: Vec<Uuid>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptPerson {
    account: Account,
    /// Their ids.
    licenses: Vec<String>,
}

impl KeptPeople {
    pub(crate) fn of(accounts: &Accounts) -> Self {
        let mut kept = Self::default();
        for (id, account) in accounts.touched() {
            match account {
                Some(account) => kept.changed.push(KeptPerson::of(account)),
                None => kept.gone.push(id),
            }
        }
        // Those who came later come later again.
        kept.changed.sort_by_key(|person| person.account.place);
        kept
    }

    /// Puts everybody back among those whom the seed made.
    pub(crate) fn restore(self, accounts: &mut Accounts, licenses: &[Arc<License>]) {
        for id in self.gone {
            accounts.remove(id);
        }
        for person in self.changed {
            let account = person.account(licenses);
            let again = account.clone();
            if accounts.change(account.id, |it| *it = again).is_none() {
                accounts.insert(account);
            }
        }
    }
}

impl KeptPerson {
    fn of(account: &Account) -> Self {
        let licenses = account.licenses.iter().map(|license| license.id.clone()).collect();
        Self { account: account.clone(), licenses }
    }

    /// A licence that the organization no longer has is nobody's.
    fn account(self, licenses: &[Arc<License>]) -> Account {
        let held = self.licenses.iter().filter_map(|id| licenses.iter().find(|license| license.id == *id));
        Account { licenses: held.cloned().collect(), ..self.account }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;
    use crate::webex::{licenses, people::seeded};

    #[test]
    fn who_was_changed_came_or_went_is_so_again() {
        let seed = Seed::believable();
        let licenses = licenses::licenses(&seed);
        let mut before = seeded(&seed, &licenses);
        assert!(KeptPeople::of(&before).changed.is_empty(), "nothing was changed yet");
        let ids: Vec<Uuid> = before.all().map(|account| account.id).collect();
        before.change(ids[0], |account| account.licenses.truncate(1));
        before.remove(ids[1]);
        let newcomer = Uuid::from_u128(7);
        before.insert(Account::new(newcomer, "new@lindenhof.example".to_owned(), super::super::long_ago()));
        let text = serde_json::to_string(&KeptPeople::of(&before)).unwrap();

        let mut after = seeded(&seed, &licenses);
        serde_json::from_str::<KeptPeople>(&text).unwrap().restore(&mut after, &licenses);
        let book = |accounts: &Accounts| -> Vec<(String, Vec<String>)> {
            let held = |account: &Account| account.licenses.iter().map(|it| it.name.clone()).collect();
            accounts.all().map(|account| (account.email.clone(), held(account))).collect()
        };
        assert_eq!(book(&before), book(&after));
        assert_eq!(after.by_id(ids[0]).unwrap().licenses.len(), 1);
        assert!(after.by_id(newcomer).is_some() && after.by_id(ids[1]).is_none());
    }
}
