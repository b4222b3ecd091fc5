//! A list of ports as tiles that name them, for ledgers that cover few.

use super::port_cells::{Cell, CellState};
use super::port_map::{LegendEntry, draw_legend};
use super::svg::{Element, WIDTH, rect, text};

/// More ports than this are drawn as a map.
pub const TILES: u32 = 160;

const COLUMNS: i64 = 8;
const TILE_WIDTH: i64 = WIDTH / COLUMNS;
const TILE_HEIGHT: i64 = 270;

/// The tiles and their height.
pub fn port_list(cells: &[Cell], legend: &[LegendEntry]) -> (Vec<Element>, i64) {
    let ports = cells.iter().flat_map(|cell| {
        let range = cell.first..=cell.last;
        range.map(|port| (port, cell.state))
    });
    let mut inside = Vec::new();
    let (mut column, mut row) = (0, 0);
    for (port, state) in ports {
        let (x, y) = (column * TILE_WIDTH, row * TILE_HEIGHT);
        let tile = rect(
            state.class(),
            x + 20,
            y + 20,
            TILE_WIDTH - 40,
            TILE_HEIGHT - 40,
        );
        inside.push(match state.fill() {
            Some(fill) => tile.with("fill", fill),
            None => tile,
        });
        let words = match state {
            CellState::Open => "tile on",
            CellState::Closed => "tile",
            _ => "tile over",
        };
        inside.push(text(
            words,
            x + TILE_WIDTH / 2,
            y + TILE_HEIGHT / 2,
            port.to_string(),
        ));
        (column, row) = match column + 1 == COLUMNS {
            true => (0, row + 1),
            false => (column + 1, row),
        };
    }
    let tiles = if column == 0 { row } else { row + 1 };
    let (entries, height) = draw_legend(legend, tiles * TILE_HEIGHT + 160);
    inside.extend(entries);
    (inside, height)
}
