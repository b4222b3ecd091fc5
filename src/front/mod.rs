//! What a person sees while a run goes on.

mod progress;

pub use progress::Progress;
