//! This room knows the people of a Webex organization. What stands here so far is how it plans: a list of wishes is put
//! into the provider's terms, compared with the people as they are, and kept as the difference, which changes nothing
//! yet and can be taken back. Reading the organization, carrying plans out, pages and API are built on this.

pub mod plan;
