//! Plays Webex and Microsoft 365 on a local port, from their published schemas, for demos, trials and tests.
