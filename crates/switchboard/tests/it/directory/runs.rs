//! Plans carried out: each row read before and after, interrupted, taken back.
