//! MCUboot images.
//!
//! Sources: MCUboot's design document and `boot/bootutil/include/bootutil/image.h` (layout, types),
//! `boot/bootutil/src/image_validate.c` (what a bootloader accepts), both at mcu-tools/mcuboot 2d4bacc3;
//! imgtool 2.5.0, against which `tests/imgtool.rs` measures this code.

mod describe;
mod mutate;
mod parse;
mod tlv;
mod verify;

pub(super) use describe::describe;
pub use mutate::{Layer, Mutant, MutateError, Mutation, mutant};
pub use parse::{Area, Header, Image, ParseError, Tlv, Version, parse};
pub use tlv::name as tlv_name;
pub use verify::{HashAlgorithm, Seals, Verification, seals, verify};
