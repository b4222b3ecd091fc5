//! The command line: one file a command. stdout is the result, stderr is progress and errors.

mod command;
mod demo;
mod discover;
mod evaluate;
mod explain;
mod inspect;
mod key;
mod list;
mod observe;
mod out;
mod pdf;
mod plan;
mod ports;
mod report;
mod run;
mod session;
mod sign;
mod test;
mod verify;

pub use command::main;
use command::{Imports, Manners};
