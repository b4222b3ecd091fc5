//! Renderers: pure functions from a [`Certificate`](crate::certificate::Certificate) to text.
//!
//! A certificate may have been edited since it was written, so no renderer trusts a string in it: each
//! passes through [`crate::text::harmless`] and is then escaped for its format.

mod by_hand;
mod cells;
mod compare;
mod csv;
mod html;
mod json;
mod junit;
mod laboratory;
mod markdown;
mod page;
mod picture;
mod terminal;
mod words;

pub use compare::{
    changes_csv, changes_html, changes_terminal, matrix_csv, matrix_html, matrix_terminal,
};
pub use csv::csv;
pub use html::{html, html_in};
pub use json::json;
pub use junit::junit;
pub use laboratory::Signatures;
pub use markdown::markdown;
pub use page::page_json;
pub use terminal::{Look, terminal, wrapped};
pub use words::outcome;
