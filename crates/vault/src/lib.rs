//! Seals and opens secrets: key ring, envelope encryption, rotation. Knows no database and no HTTP.
