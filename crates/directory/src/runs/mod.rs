//! Runs: a plan carried out row by row. Each row is read again before anything is changed, written, and read back; a
//! crash loses nothing and repeats nothing; what was done is reported, and can be taken back.

mod apply;
mod control;
mod model;
mod record;
mod report;
mod row;
mod store;
mod trouble;
mod undo;
mod work;

pub(crate) use apply::apply;
pub(crate) use control::{pause, resume, retry_failed, stop};
pub(crate) use model::{Progress, Run, RunId, RunRow, RunRowState, RunState};
pub(crate) use report::{get, latest, list, open, progress, result_csv, rows};
pub(crate) use undo::{UndoPlan, asked_for, undo};
pub(crate) use work::{recover, run};

/// Job: go on with a run.
pub(crate) const RUN_JOB: &str = "directory.run";
