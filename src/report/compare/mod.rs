//! Renderers of comparisons: a matrix of devices and requirements, or what changed between two runs.

mod csv;
mod html;
mod remarks;
mod terminal;

pub use csv::{changes_csv, matrix_csv};
pub use html::{changes_html, matrix_html};
pub use terminal::{changes_terminal, matrix_terminal};
