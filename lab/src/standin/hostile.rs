//! Text that attacks whoever shows it: markup, terminal control, bidi, invisible tag characters.

/// For pages and banners.
pub(super) const TEXT: &str = concat!(
    "<script>alert('proofmark')</script>\"'&]]>",
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "\u{202e}gnp.exe\u{200b}",
    "\u{e0049}\u{e0047}\u{e004e}\u{e004f}\u{e0052}\u{e0045}",
);

/// The same without control characters, which no header may hold (RFC 9110, 5.5).
pub(super) const HEADER: &str =
    "<script>alert('proofmark')</script>'&]]>\u{202e}gnp.exe\u{200b}\u{e0049}\u{e0047}\u{e004e}";
