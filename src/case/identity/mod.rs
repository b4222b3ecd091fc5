//! What the device is, by its own word.

mod model_designation;

pub use model_designation::MODEL_DESIGNATION;
