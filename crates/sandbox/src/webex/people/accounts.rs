//! All accounts of the organization, found by id, address and name without a search, so that an organization of a
//! hundred thousand answers as fast as one of thirty.
//!
//! The order is that of arrival. It never changes, so a page's cursor is good whatever happens to people meanwhile.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use uuid::Uuid;

use crate::webex::people::Account;
use crate::webex::refusal::Refusal;

const MOST_ACCOUNTS: usize = 250_000;

/// The accounts with their indexes; changes go through [`Accounts::change`], which keeps these true.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    /// Boxed, because the nodes of the tree are half empty where people come one after the other.
    by_place: BTreeMap<u64, Box<Account>>,
    by_id: HashMap<Uuid, u64>,
    by_email: HashMap<String, u64>,
    by_name: BTreeSet<(String, u64)>,
    /// How many people hold a licence, by its place among the licences.
    held: HashMap<usize, u32>,
    last: u64,
    /// Everybody who was changed, came or went since [`Accounts::begin`].
    touched: BTreeSet<Uuid>,
}

impl Accounts {
    /// Everybody, in the order of arrival.
    pub(crate) fn all(&self) -> impl DoubleEndedIterator<Item = &Account> {
        self.by_place.values().map(AsRef::as_ref)
    }

    /// Everybody who came after a place in that order.
    pub(crate) fn after(&self, place: u64) -> impl Iterator<Item = &Account> {
        self.by_place.range((Bound::Excluded(place), Bound::Unbounded)).map(|(_, account)| account.as_ref())
    }

    pub(crate) fn len(&self) -> usize {
        self.by_place.len()
    }

    /// Refuses when there are as many people as there may be.
    pub(crate) fn check_room(&self) -> Result<(), Refusal> {
        if self.len() < MOST_ACCOUNTS {
            return Ok(());
        }
        Err(Refusal::forbidden_because("The organization has reached its number of users."))
    }

    pub(crate) fn by_email(&self, email: &str) -> Option<&Account> {
        self.by_place.get(self.by_email.get(&email.to_lowercase())?).map(AsRef::as_ref)
    }

    pub(crate) fn by_id(&self, id: Uuid) -> Option<&Account> {
        self.by_place.get(self.by_id.get(&id)?).map(AsRef::as_ref)
    }

    /// Everybody whose display name begins so (in any case), in the order of arrival.
    pub(crate) fn named(&self, prefix: &str) -> Vec<&Account> {
        let prefix = prefix.to_lowercase();
        let from = (Bound::Included((prefix.clone(), 0)), Bound::Unbounded);
        let found = self.by_name.range(from).take_while(|(name, _)| name.starts_with(&prefix));
        let mut places: Vec<u64> = found.map(|(_, place)| *place).collect();
        places.sort_unstable();
        places.iter().filter_map(|place| Some(self.by_place.get(place)?.as_ref())).collect()
    }

    /// How many people hold the licence at that place.
    pub(crate) fn holders(&self, license: usize) -> u32 {
        self.held.get(&license).copied().unwrap_or_default()
    }

    /// Changes an account and keeps the indexes true; `None` when nobody has that id.
    pub(crate) fn change<T>(&mut self, id: Uuid, change: impl FnOnce(&mut Account) -> T) -> Option<T> {
        let place = *self.by_id.get(&id)?;
        let mut account = self.by_place.remove(&place)?;
        self.touched.insert(id);
        self.forget(&account, place);
        let result = change(&mut account);
        self.remember(account, place);
        Some(result)
    }

    pub(crate) fn insert(&mut self, account: Account) {
        self.last += 1;
        self.touched.insert(account.id);
        self.remember(Box::new(account), self.last);
    }

    pub(crate) fn remove(&mut self, id: Uuid) -> Option<Box<Account>> {
        let place = *self.by_id.get(&id)?;
        let account = self.by_place.remove(&place)?;
        self.touched.insert(id);
        self.forget(&account, place);
        Some(account)
    }

    /// Takes everybody as they are for what was there from the beginning.
    pub(super) fn begin(&mut self) {
        self.touched.clear();
    }

    /// Those who are not as in the beginning; those who went have an id only.
    pub(super) fn touched(&self) -> impl Iterator<Item = (Uuid, Option<&Account>)> {
        self.touched.iter().map(|id| (*id, self.by_id(*id)))
    }

    fn remember(&mut self, mut account: Box<Account>, place: u64) {
        account.place = place;
        self.by_id.insert(account.id, place);
        self.by_email.insert(account.email.to_lowercase(), place);
        self.by_name.insert((account.display_name().to_lowercase(), place));
        for license in &account.licenses {
            *self.held.entry(license.place).or_default() += 1;
        }
        self.by_place.insert(place, account);
    }

    fn forget(&mut self, account: &Account, place: u64) {
        self.by_id.remove(&account.id);
        self.by_email.remove(&account.email.to_lowercase());
        self.by_name.remove(&(account.display_name().to_lowercase(), place));
        for license in &account.licenses {
            if let Some(held) = self.held.get_mut(&license.place) {
                *held = held.saturating_sub(1);
            }
        }
    }
}
