//! The keys in use and the older ones, and the two acts they exist for: sealing and opening.

use std::collections::HashMap;

use secrecy::{ExposeSecret, SecretString};

use crate::envelope::Envelope;
use crate::master::needed_by;
use crate::{DataKey, Error, KeyId, LONGEST_SECRET, MasterKey, MasterKeyError, Place, Sealed};

/// Master keys, and every organization's unwrapped data keys, of which the last one is current.
pub struct KeyRing {
    current: MasterKey,
    older: Vec<MasterKey>,
    organizations: HashMap<String, Vec<DataKey>>,
}

impl KeyRing {
    /// A ring whose new data keys are wrapped by `current`; `older` ones only unwrap.
    pub fn new(current: MasterKey, older: Vec<MasterKey>) -> Self {
        Self { current, older, organizations: HashMap::new() }
    }

    /// The master key that wraps new data keys.
    pub fn master_id(&self) -> &KeyId {
        self.current.id()
    }

    /// Makes a new data key current for the organization and returns it wrapped, to be stored first of all.
    pub fn create_data_key(&mut self, organization: &str, random: [u8; 32], nonce: [u8; 12]) -> String {
        let key = DataKey::from_random(random);
        let wrapped = self.current.wrap(&key, nonce, organization);
        self.add(organization, key);
        wrapped
    }

    /// Unwraps a stored data key into the ring; load older ones first, the last one loaded is current.
    ///
    /// A text wrapped by a master key that the ring does not hold is answered with [`MasterKeyError::Wrong`].
    pub fn load_data_key(&mut self, organization: &str, wrapped: &str) -> Result<KeyId, MasterKeyError> {
        let key = self.unwrap(organization, wrapped)?;
        let id = key.id().clone();
        self.add(organization, key);
        Ok(id)
    }

    /// Whether a stored data key is wrapped by an older master key.
    pub fn needs_rewrapping(&self, wrapped: &str) -> bool {
        needed_by(wrapped).is_ok_and(|id| id != *self.master_id())
    }

    /// Wraps a stored data key anew under the current master key; what it sealed stays as it is.
    pub fn rewrap(
        &self,
        organization: &str,
        wrapped: &str,
        nonce: [u8; 12],
    ) -> Result<String, MasterKeyError> {
        let key = self.unwrap(organization, wrapped)?;
        Ok(self.current.wrap(&key, nonce, organization))
    }

    /// Whether the organization has a data key in the ring.
    pub fn knows(&self, organization: &str) -> bool {
        self.organizations.contains_key(organization)
    }

    /// Seals a secret for its place under the organization's current data key; `nonce` is fresh and random.
    pub fn seal(&self, place: &Place<'_>, secret: &SecretString, nonce: [u8; 12]) -> Result<Sealed, Error> {
        let plain = secret.expose_secret().as_bytes();
        if plain.len() > LONGEST_SECRET {
            return Err(Error::TooLong);
        }
        let key = self.data_keys(place.organization).last().ok_or(Error::NoDataKey)?;
        Ok(Sealed::of(&Envelope::seal((&key.id, &key.bytes), nonce, &place.context(), plain)))
    }

    /// Opens a sealed value in its place, under whichever of the organization's data keys it names.
    pub fn open(&self, place: &Place<'_>, sealed: &Sealed) -> Result<SecretString, Error> {
        let envelope = Envelope::parse(sealed.as_str())?;
        let key = self.data_keys(place.organization).iter().rev().find(|key| key.id == envelope.key);
        let key = key.ok_or_else(|| Error::UnknownKey(envelope.key.clone()))?;
        let plain = envelope.open(&key.bytes, &place.context())?;
        let text = std::str::from_utf8(&plain).map_err(|_| Error::Malformed)?;
        Ok(SecretString::from(text))
    }

    /// Whether the value was sealed with another data key than the organization's current one.
    pub fn needs_resealing(&self, organization: &str, sealed: &Sealed) -> bool {
        self.data_keys(organization).last().is_none_or(|key| key.id != *sealed.key_id())
    }

    fn unwrap(&self, organization: &str, wrapped: &str) -> Result<DataKey, MasterKeyError> {
        let needed = needed_by(wrapped).map_err(|_| MasterKeyError::Damaged)?;
        let master = std::iter::once(&self.current).chain(&self.older).find(|master| *master.id() == needed);
        let master = master.ok_or(MasterKeyError::Wrong { needed })?;
        master.unwrap(wrapped, organization).map_err(|_| MasterKeyError::Damaged)
    }

    fn add(&mut self, organization: &str, key: DataKey) {
        let keys = self.organizations.entry(organization.to_owned()).or_default();
        keys.retain(|held| held.id != key.id);
        keys.push(key);
    }

    fn data_keys(&self, organization: &str) -> &[DataKey] {
        self.organizations.get(organization).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a~secret $with+ %odd Zeichen ü";

    fn bytes(seed: u8) -> [u8; 32] {
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &[seed]).as_ref().try_into().unwrap()
    }

    fn master(seed: u8) -> MasterKey {
        MasterKey::from_bytes(bytes(seed)).ok().unwrap()
    }

    fn ring() -> KeyRing {
        let mut ring = KeyRing::new(master(1), vec![]);
        ring.create_data_key("org-1", bytes(10), [1; 12]);
        ring
    }

    fn place(row: &str) -> Place<'_> {
        Place { organization: "org-1", table: "integration", column: "secret", row }
    }

    fn sealed(ring: &KeyRing) -> Sealed {
        ring.seal(&place("row-1"), &SECRET.into(), [9; 12]).unwrap()
    }

    #[test]
    fn a_sealed_secret_opens_in_its_place() {
        let ring = ring();
        let stored = sealed(&ring).to_string();
        let opened = ring.open(&place("row-1"), &Sealed::parse(stored).unwrap()).unwrap();
        assert_eq!(opened.expose_secret(), SECRET);
    }

    #[test]
    fn a_value_copied_to_any_other_place_does_not_open() {
        let mut ring = ring();
        let value = sealed(&ring);
        let here = place("row-1");
        for elsewhere in
            [place("row-2"), Place { column: "token", ..here }, Place { table: "connection", ..here }]
        {
            assert_eq!(ring.open(&elsewhere, &value).err(), Some(Error::DoesNotOpen));
        }
        ring.create_data_key("org-2", bytes(10), [2; 12]);
        let foreign = Place { organization: "org-2", ..here };
        assert_eq!(ring.open(&foreign, &value).err(), Some(Error::DoesNotOpen));
    }

    #[test]
    fn no_changed_character_goes_unnoticed() {
        let ring = ring();
        let text = sealed(&ring).to_string();
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] ^= 1;
            let changed = String::from_utf8(changed).unwrap();
            let opened = Sealed::parse(changed.as_str()).and_then(|value| ring.open(&place("row-1"), &value));
            assert!(opened.is_err(), "opened although character {at} was changed");
        }
    }

    #[test]
    fn text_that_is_not_sealed_is_refused_without_panic() {
        for text in
            ["", "v1", "v1...", "plain secret", "v1.0a0a0a0a.AAAA.AAAA", "v2.0a0a0a0a.AAAAAAAAAAAAAAAA.AAAA"]
        {
            assert_eq!(Sealed::parse(text).err(), Some(Error::Malformed), "{text}");
        }
        assert_eq!(Sealed::parse("v1.".repeat(100_000)).err(), Some(Error::Malformed));
    }

    #[test]
    fn an_older_data_key_still_opens_but_asks_for_resealing() {
        let mut ring = ring();
        let value = sealed(&ring);
        assert!(!ring.needs_resealing("org-1", &value));
        ring.create_data_key("org-1", bytes(11), [2; 12]);
        assert_eq!(ring.open(&place("row-1"), &value).unwrap().expose_secret(), SECRET);
        assert!(ring.needs_resealing("org-1", &value));
        assert!(!ring.needs_resealing("org-1", &sealed(&ring)));
    }

    #[test]
    fn rotating_the_master_key_rewraps_data_keys_and_leaves_values_alone() {
        let mut before = KeyRing::new(master(1), vec![]);
        let wrapped = before.create_data_key("org-1", bytes(10), [1; 12]);
        let value = sealed(&before);

        let rotating = KeyRing::new(master(2), vec![master(1)]);
        assert!(rotating.needs_rewrapping(&wrapped));
        let rewrapped = rotating.rewrap("org-1", &wrapped, [3; 12]).unwrap();
        assert!(!rotating.needs_rewrapping(&rewrapped));

        let mut after = KeyRing::new(master(2), vec![]);
        after.load_data_key("org-1", &rewrapped).unwrap();
        assert_eq!(after.open(&place("row-1"), &value).unwrap().expose_secret(), SECRET);
        assert_eq!(
            after.load_data_key("org-1", &wrapped),
            Err(MasterKeyError::Wrong { needed: master(1).id().clone() })
        );
        assert_eq!(after.load_data_key("org-1", "v1.rubbish"), Err(MasterKeyError::Damaged));
    }

    #[test]
    fn what_cannot_be_sealed_says_why() {
        let ring = ring();
        let long = SecretString::from("x".repeat(LONGEST_SECRET + 1));
        assert_eq!(ring.seal(&place("row-1"), &long, [0; 12]), Err(Error::TooLong));
        let longest = SecretString::from("x".repeat(LONGEST_SECRET));
        let value = ring.seal(&place("row-1"), &longest, [0; 12]).unwrap();
        assert_eq!(Sealed::parse(value.as_str()), Ok(value));
        let stranger = Place { organization: "org-2", ..place("row-1") };
        assert_eq!(ring.seal(&stranger, &SECRET.into(), [0; 12]), Err(Error::NoDataKey));
    }

    #[test]
    fn debug_shows_the_key_name_and_nothing_else() {
        let ring = ring();
        let value = sealed(&ring);
        assert_eq!(format!("{value:?}"), format!("Sealed(key {})", value.key_id()));
        assert!(!value.as_str().contains(SECRET));
    }
}
