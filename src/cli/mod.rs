//! The command line: one file a command. stdout is the result, stderr is progress and errors.

mod certificate_file;
mod command;
mod compare;
mod demo;
mod discover;
mod evaluate;
mod explain;
mod inspect;
mod job;
mod key;
mod list;
mod observe;
mod observing;
mod out;
mod pdf;
mod plan;
mod ports;
mod record;
mod report;
mod run;
mod session;
mod sign;
mod test;
mod tls;
mod verify;

pub use command::main;
use command::{Accepted, Imports, Manners};
