//! Content lines (RFC 5545 §3.1): escaped, and folded so that no line is longer than 75 bytes.

/// The longest line in bytes, without its CRLF.
const LONGEST_LINE: usize = 75;

/// Lines that are being written.
#[derive(Default)]
pub(crate) struct Lines(String);

impl Lines {
    /// Adds `name:value` as it stands; the value is one of ours or already escaped.
    pub(crate) fn raw(&mut self, name: &str, value: &str) {
        self.fold(&format!("{name}:{value}"));
    }

    /// Adds a property of type TEXT.
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.raw(name, &escape(value));
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }

    /// Breaks between characters, never inside one: some programs decode each line by itself.
    fn fold(&mut self, line: &str) {
        let mut used = 0;
        for character in line.chars() {
            if used + character.len_utf8() > LONGEST_LINE {
                self.0.push_str("\r\n ");
                used = 1;
            }
            self.0.push(character);
            used += character.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

/// The value of a TEXT property (RFC 5545 §3.3.11).
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in clean(text).chars() {
        match character {
            '\\' | ';' | ',' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out
}

/// A parameter's value in quotes. A quote cannot stand in it and the caret has a meaning (RFC 6868); programs that do
/// not know RFC 6868 show its signs as they are, so quotes become apostrophes instead.
pub(crate) fn quoted(text: &str) -> String {
    let line = clean(text).replace(['\n', '\t'], " ").replace('"', "'").replace('^', "^^");
    format!("\"{}\"", line.trim())
}

/// One kind of line break, and no other control characters: some programs break lines at those too.
pub(crate) fn clean(text: &str) -> String {
    let unified = text.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    unified.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}
