//! One file for each group of commands.

pub mod assets;
pub mod chain;
pub mod credits;
pub mod dataset;
pub mod evidence;
pub mod explain;
pub mod key;
pub mod licence;
pub mod members;
pub mod propose;
pub mod publish;
pub mod push;
pub mod receipt;
pub mod run;
pub mod seat;
pub mod serve;
pub mod show;
pub mod todo;
pub mod tx;
pub mod valuation;
pub mod work;
