//! `config`: what is in effect, and the reference of all keys.

use clap::Args;

use super::output;
use crate::{
    Config, Trouble,
    config::{Faulty, reference},
};

#[derive(Args)]
pub(super) struct Show {
    /// Print the reference page of all keys instead.
    #[arg(long)]
    reference: bool,
}

impl Show {
    pub(super) fn run(self, config: impl Fn() -> Result<Config, Faulty>) -> Result<(), Trouble> {
        let text = if self.reference { reference() } else { config()?.show() };
        output::line(text.trim_end())
    }
}
