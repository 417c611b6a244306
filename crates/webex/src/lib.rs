//! The Webex REST client: people, sites, meetings, and what Webex's token endpoint means by its answers.
