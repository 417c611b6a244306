//! OAuth 2.0 and OpenID Connect as a client: authorize URL, PKCE, exchange, refresh, revoke, and the sorting of refusals.
