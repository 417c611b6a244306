//! Reading a whole organization, and what happens when it cannot be read.
