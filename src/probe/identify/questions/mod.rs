//! The questions, one protocol a file: what is said, how an answer is recognised, what it says of the product.

pub(super) mod adb;
pub(super) mod amqp;
pub(super) mod coap;
pub(super) mod dns;
pub(super) mod ethernet_ip;
pub(super) mod gdb;
pub(super) mod jdwp;
pub(super) mod memcached;
pub(super) mod modbus;
pub(super) mod opc_ua;
pub(super) mod openocd;
pub(super) mod pjl;
pub(super) mod postgresql;
pub(super) mod rdp;
mod read;
pub(super) mod redis;
pub(super) mod s7;
pub(super) mod sip;
pub(super) mod smb;
pub(super) mod x11;
