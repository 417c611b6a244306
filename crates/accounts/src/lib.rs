//! Organizations, accounts, roles, sessions, sign-in by password and OpenID Connect, API keys.
