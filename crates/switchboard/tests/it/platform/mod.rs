//! The ground floor on both databases.

mod audit;
mod coherence;
mod db;
mod health;
mod jobs;
mod keys;
