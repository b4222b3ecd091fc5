//! Stopping a run from outside: Ctrl-C, a signal, a deadline.

use tokio::sync::watch;

/// Asks a run to stop.
#[derive(Clone, Debug)]
pub struct Stopper(watch::Sender<Option<String>>);

/// Tells a probe that it should stop. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<Option<String>>);

impl Stopper {
    /// A pair: whoever holds the first can stop whoever watches the second.
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(None);
        (Self(sender), Stop(receiver))
    }

    /// Asks to stop. The first reason counts.
    pub fn stop(&self, reason: &str) {
        self.0.send_if_modified(|slot| {
            let first = slot.is_none();
            if first {
                *slot = Some(reason.to_owned());
            }
            first
        });
    }
}

impl Stop {
    /// Why to stop; none: go on.
    pub fn reason(&self) -> Option<String> {
        self.0.borrow().clone()
    }

    /// True once somebody asked to stop.
    pub fn requested(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Waits until somebody asks to stop; forever where nobody can any more.
    pub async fn wait(&mut self) {
        if self.0.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
