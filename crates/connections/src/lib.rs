//! Integrations, authorizations, token care, connection tests and removal: the one door to a valid token.
