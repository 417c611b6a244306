//! A list of accounts as one column or parameter.

use platform::{id::AccountId, json_column};
use serde::{Deserialize, Serialize};

/// Accounts in an order that matters, such as the hosts of a booking with the organizer first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Accounts(pub Vec<AccountId>);
json_column!(Accounts);
