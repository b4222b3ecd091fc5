//! MQTT 3.1.1 and 5: who is let in, who may subscribe, and whether a message comes.

mod attempt;
mod client;
mod hello;
mod packet;
mod relay;
mod v3;
mod v5;

pub(super) use attempt::attempt;
pub(super) use hello::hello;
