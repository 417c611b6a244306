//! The Microsoft client: Entra ID's answers and errors, Graph calendars and events.
