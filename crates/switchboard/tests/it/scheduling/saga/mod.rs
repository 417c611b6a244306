//! A booking is carried through to meeting, calendar and mail: once, in this order, whatever fails.

mod made;
mod modes;
mod told;
mod trouble;

const ALL_DONE: [&str; 4] = ["meeting done", "calendar done", "visitor_mail done", "host_mail done"];
