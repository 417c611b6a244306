//! Plans: from files, rules and programs, with everything that can be wrong.
