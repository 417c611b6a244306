//! The binary: command line, configuration and wiring of the rooms.
