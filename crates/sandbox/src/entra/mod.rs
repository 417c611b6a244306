use crate::routes::Routes;
use crate::seed::Seed;

pub(crate) struct State {}

impl State {
    pub(crate) fn new(_seed: &Seed) -> Self {
        Self {}
    }
}

pub(crate) fn routes() -> Routes {
    Routes::new()
}
