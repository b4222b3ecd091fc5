//! The body of an upload, whose end is held back for a moment.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// For so long the end is held back: a device that answers by then, answered before it had the package.
const HELD: Duration = Duration::from_millis(250);
/// The end, at most, in bytes.
const END: usize = 512;

/// A body of known length. A small package fits whole into the buffers of two systems, so that having sent
/// it does not show that the device waited for it. The end is therefore sent only where the device was silent
/// up to there; otherwise it is never sent, and fewer bytes were taken than there are.
pub(super) struct HeldBody {
    part: Bytes,
    end: Bytes,
    pause: Option<Pin<Box<Sleep>>>,
    /// Whether the device has said anything.
    heard: Box<dyn Fn() -> bool + Send>,
}

impl HeldBody {
    pub(super) fn new(whole: Bytes, heard: impl Fn() -> bool + Send + 'static) -> Self {
        let mut part = whole;
        let end = part.split_off(part.len() - END.min(part.len() / 2));
        Self {
            part,
            end,
            pause: None,
            heard: Box::new(heard),
        }
    }

    fn len(&self) -> u64 {
        (self.part.len() + self.end.len()) as u64
    }
}

impl Body for HeldBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        if !this.part.is_empty() {
            let part = std::mem::take(&mut this.part);
            return Poll::Ready(Some(Ok(Frame::data(part))));
        }
        if this.end.is_empty() {
            return Poll::Ready(None);
        }
        let pause = this.pause.get_or_insert_with(|| Box::pin(sleep(HELD)));
        ready!(pause.as_mut().poll(context));
        if (this.heard)() {
            // The answer ends the conversation, or its deadline does.
            return Poll::Pending;
        }
        let end = std::mem::take(&mut this.end);
        Poll::Ready(Some(Ok(Frame::data(end))))
    }

    fn is_end_stream(&self) -> bool {
        self.len() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.len())
    }
}

impl fmt::Debug for HeldBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeldBody({} bytes)", self.len())
    }
}
