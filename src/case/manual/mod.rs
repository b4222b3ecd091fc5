//! What only a person can see, with the device in the hand.

mod examination;

pub use examination::{EXAMINATION, Question, question};
