//! Pictures of a certificate as inline SVG: the port ledger as a map, the run in time, what carries each service.
//!
//! Pure, and the same bytes for the same certificate: every coordinate is a whole number, in units of which each picture
//! is [`svg::WIDTH`] wide. A picture is laid out for letters of the size that a phone needs; a wider page makes them
//! smaller (`pictures.css`), never longer than they were laid out. Nothing is told by colour alone.

mod figures;
mod labels;
mod port_cells;
mod port_list;
mod port_map;
mod svg;
mod time;
mod timeline;
mod timeline_lanes;
mod tls;
mod tls_rows;

/// The style of every picture, beside the colours of what it stands in, and the patterns that areas are filled with.
pub(super) const DRAWING: &str = include_str!("drawing.css");
pub(super) const PATTERNS: &str = include_str!("patterns.svg");

pub(super) use figures::{Figures, figures};
pub(super) use svg::Picture;
