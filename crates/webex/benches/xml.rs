//! Answers of the Meetings XML API that are read per second, without the network: one person as GetUser answers them, and
//! a site's session types as LstMeetingType does; `cargo bench -p webex`.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::{
    fmt::Write,
    hint::black_box,
    time::{Duration, Instant},
};

#[path = "../src/xml/element.rs"]
#[expect(dead_code, unused_imports, reason = "only reading is measured here")]
mod element;

/// What the module beside it knows.
mod envelope {
    pub(crate) const SERVICE: &str = "http://www.webex.com/schemas/2002/06/service";
}

use element::Element;

const LENGTH: Duration = Duration::from_secs(3);

fn main() {
    for (name, answer) in [("GetUser", person()), ("LstMeetingType, 40 types", session_types(40))] {
        assert!(Element::parse(&answer).is_ok(), "{name} cannot be read");
        let began = Instant::now();
        let mut read = 0_u32;
        while began.elapsed() < LENGTH {
            for _ in 0..100 {
                let _ = black_box(Element::parse(black_box(&answer)));
            }
            read += 100;
        }
        let per_second = f64::from(read) / began.elapsed().as_secs_f64();
        println!("{name} ({} bytes): {per_second:.0} answers per second", answer.len());
    }
}

fn answer(kind: &str, content: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <serv:message xmlns:serv=\"http://www.webex.com/schemas/2002/06/service\" \
         xmlns:com=\"http://www.webex.com/schemas/2002/06/common\" \
         xmlns:use=\"http://www.webex.com/schemas/2002/06/service/user\" \
         xmlns:mtgtype=\"http://www.webex.com/schemas/2002/06/service/meetingtype\">\
         <serv:header><serv:response><serv:result>SUCCESS</serv:result><serv:gsbStatus>PRIMARY</serv:gsbStatus>\
         </serv:response></serv:header><serv:body><serv:bodyContent \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"{kind}\">{content}</serv:bodyContent>\
         </serv:body></serv:message>"
    )
}

/// About as much as the reference guide's example of GetUser has.
fn person() -> String {
    let mut text = String::from(
        "<use:firstName>Ada</use:firstName><use:lastName>Lindqvist &amp; S\u{f6}hne</use:lastName>\
         <use:title>Librarian</use:title><use:webExId>ada.lindqvist@lindenhof.example</use:webExId><use:address>\
         <com:addressType>PERSONAL</com:addressType><com:city>Berlin</com:city><com:country>Germany</com:country>\
         </use:address><use:phones><com:phone>49,,0301234567,,</com:phone><com:mobilePhone>49,,01701234567,,\
         </com:mobilePhone></use:phones><use:email>ada.lindqvist@lindenhof.example</use:email><use:timeZoneID>25\
         </use:timeZoneID><use:active>ACTIVATED</use:active><use:language>GERMAN</use:language><use:meetingTypes>",
    );
    for kind in [3, 9, 13, 214, 215, 301] {
        let _ = write!(text, "<use:meetingType>{kind}</use:meetingType>");
    }
    text.push_str(
        "</use:meetingTypes><use:options><use:firstNameVisible>false</use:firstNameVisible></use:options>",
    );
    text.push_str("<use:trackingTypes>");
    for code in 1..=10 {
        let _ = write!(
            text,
            "<use:trackingCode><use:index>{code}</use:index><use:value>Wert {code}</use:value></use:trackingCode>"
        );
    }
    text.push_str("</use:trackingTypes><use:privilege>");
    for privilege in 0..30 {
        let _ = write!(text, "<use:privilege{privilege}>true</use:privilege{privilege}>");
    }
    text.push_str("</use:privilege>");
    answer("use:getUserResponse", &text)
}

fn session_types(count: u32) -> String {
    let mut text = String::new();
    for number in 0..count {
        let _ = write!(
            text,
            "<mtgtype:meetingType><mtgtype:productCodePrefix>PRO{number}</mtgtype:productCodePrefix>\
             <mtgtype:active>ACTIVATED</mtgtype:active><mtgtype:name>Pro meeting {number}</mtgtype:name>\
             <mtgtype:displayName>Pro meeting {number}</mtgtype:displayName><mtgtype:limits>\
             <mtgtype:maxAppShareDuration>525600</mtgtype:maxAppShareDuration><mtgtype:maxMeetingDuration>525600\
             </mtgtype:maxMeetingDuration></mtgtype:limits><mtgtype:serviceType>MeetingCenter</mtgtype:serviceType>\
             <mtgtype:meetingTypeID>{number}</mtgtype:meetingTypeID></mtgtype:meetingType>"
        );
    }
    answer("mtgtype:lstMeetingTypeResponse", &text)
}
