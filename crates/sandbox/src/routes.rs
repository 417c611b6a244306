//! A router that remembers what was mounted, so that a test can compare it with the coverage table.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};

use crate::world::Shared;

/// One mounted operation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The HTTP method, upper case.
    pub method: &'static str,
    /// The path with its parameters in braces.
    pub path: &'static str,
}

/// Collects handlers and their names; every family of calls offers one (`webex::routes()` …).
#[derive(Default)]
pub(crate) struct Routes {
    router: Router<Shared>,
    listed: Vec<Route>,
}

macro_rules! method {
    ($(#[$doc:meta])* $name:ident, $filter:ident) => {
        $(#[$doc])*
        pub(crate) fn $name<H, T>(self, path: &'static str, handler: H) -> Self
        where
            H: Handler<T, Shared>,
            T: 'static,
        {
            self.mount(stringify!($filter), MethodFilter::$filter, path, handler)
        }
    };
}

impl Routes {
    /// An empty collection.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    method!(
        /// Mounts a GET handler.
        get, GET
    );
    method!(
        /// Mounts a POST handler.
        post, POST
    );
    method!(
        /// Mounts a PUT handler.
        put, PUT
    );
    method!(
        /// Mounts a PATCH handler.
        patch, PATCH
    );
    method!(
        /// Mounts a DELETE handler.
        delete, DELETE
    );

    /// Joins two collections.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.listed.extend(other.listed);
        self
    }

    /// What was mounted so far.
    pub(crate) fn listed(&self) -> &[Route] {
        &self.listed
    }

    /// The finished router.
    pub(crate) fn router(self) -> Router<Shared> {
        self.router
    }

    fn mount<H, T>(mut self, name: &'static str, filter: MethodFilter, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.router = self.router.route(path, on(filter, handler));
        self.listed.push(Route { method: name, path });
        self
    }
}
