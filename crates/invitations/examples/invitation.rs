//! Reads appointments as JSON lines and answers each with its invitation as a JSON string, so that other
//! implementations of iCalendar can check what this one writes.

use std::io::{BufRead, Write};

use invitations::{Invitation, Method, Party, Status, to_ics};
use serde::Deserialize;

#[derive(Deserialize)]
struct Appointment {
    uid: String,
    sequence: i64,
    is_cancelled: bool,
    start: jiff::Timestamp,
    end: jiff::Timestamp,
    zone: String,
    summary: String,
    description: String,
    location: String,
    name: String,
}

fn write(appointment: &Appointment) -> Result<String, invitations::Refused> {
    let (method, status) = if appointment.is_cancelled {
        (Method::Cancel, Status::Cancelled)
    } else {
        (Method::Request, Status::Confirmed)
    };
    to_ics(&Invitation {
        uid: &appointment.uid,
        sequence: appointment.sequence,
        method,
        status,
        start: appointment.start,
        end: appointment.end,
        zone: &appointment.zone,
        summary: &appointment.summary,
        description: &appointment.description,
        location: &appointment.location,
        url: Some("https://hub.example/my/booking/x?a=1&b=2"),
        organizer: Party { name: "Ben Okafor", email: "ben@library.example" },
        attendees: vec![Party { name: &appointment.name, email: "vera+o'neil@mail.example" }],
        stamp: appointment.start,
        created: appointment.start,
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let text = write(&serde_json::from_str(&line?)?)?;
        writeln!(out, "{}", serde_json::to_string(&text)?)?;
    }
    Ok(())
}
