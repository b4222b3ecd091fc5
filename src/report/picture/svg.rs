//! A writer of SVG that cannot forget escaping.
//!
//! Names of elements and attributes are ours. Every text goes through [`harmless`] and is escaped for XML when it is
//! written, and there is no other way in. Numbers are whole, so that they look the same everywhere.

use std::fmt::{self, Display, Write as _};
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr, Value};

use crate::text::harmless;

/// The width of every picture in its own units.
pub const WIDTH: i64 = 4800;

/// The size of letters that pictures are laid out for, and how wide an ordinary one is at most on average.
pub const LETTER: i64 = 165;
const LETTER_WIDTH: i64 = 92;

/// How wide a text is, estimated so that it is rather too wide. Letters beyond ASCII may be twice as wide.
pub fn text_width(text: &str) -> i64 {
    let wide = |c: char| if c.is_ascii() { 1 } else { 2 };
    text.chars().map(wide).sum::<i64>() * LETTER_WIDTH
}

/// An element.
#[derive(Clone, Debug)]
pub struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Node>,
}

#[derive(Clone, Debug)]
enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            attributes: Vec::new(),
            children: Vec::new(),
        }
    }

    /// Adds an attribute. Its value is a whole number or a text, never a fraction.
    pub fn with(mut self, name: &'static str, value: impl Whole) -> Self {
        self.attributes.push((name, value.to_string()));
        self
    }

    /// Adds what stands inside.
    pub fn holding(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children
            .extend(children.into_iter().map(Node::Element));
        self
    }

    /// Adds a text inside.
    pub fn saying(mut self, text: impl Into<String>) -> Self {
        self.children.push(Node::Text(text.into()));
        self
    }
}

/// What looks the same wherever it is written.
pub trait Whole: Display {}
impl Whole for i64 {}
impl Whole for &str {}
impl Whole for String {}

impl Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.name)?;
        for (name, value) in &self.attributes {
            write!(f, " {name}=\"{}\"", Escaped(value))?;
        }
        if self.children.is_empty() {
            return f.write_str("/>");
        }
        f.write_char('>')?;
        for child in &self.children {
            match child {
                Node::Element(element) => write!(f, "{element}")?,
                Node::Text(text) => write!(f, "{}", Escaped(text))?,
            }
        }
        write!(f, "</{}>", self.name)
    }
}

struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in harmless(self.0).chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// A whole picture, written. The only thing that the template of a page takes as it is.
#[derive(Debug)]
pub struct Picture(String);

impl Picture {
    /// A picture with its name and what it shows in words, for whoever does not see it. The id is ours.
    pub fn new(
        id: &str,
        height: i64,
        title: &str,
        description: &str,
        inside: impl IntoIterator<Item = Element>,
    ) -> Self {
        let (named, told) = (format!("{id}-title"), format!("{id}-desc"));
        let picture = Element::new("svg")
            .with("xmlns", "http://www.w3.org/2000/svg")
            .with("class", "drawing")
            .with("viewBox", format!("0 0 {WIDTH} {height}"))
            .with("role", "img")
            .with("aria-labelledby", format!("{named} {told}"))
            .holding([
                Element::new("title").with("id", named).saying(title),
                Element::new("desc").with("id", told).saying(description),
            ])
            .holding(inside);
        Self(picture.to_string())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a value that a template can show.
    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }
}

impl Object for Picture {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    /// What a page as JSON holds of it.
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A rectangle.
pub fn rect(class: &'static str, x: i64, y: i64, width: i64, height: i64) -> Element {
    Element::new("rect")
        .with("class", class)
        .with("x", x)
        .with("y", y)
        .with("width", width)
        .with("height", height)
}

/// A line.
pub fn line(class: &'static str, from: (i64, i64), to: (i64, i64)) -> Element {
    Element::new("path")
        .with("class", class)
        .with("d", format!("M{} {}L{} {}", from.0, from.1, to.0, to.1))
}

/// A text that begins at a place, with its middle on `y`.
pub fn text(class: &'static str, x: i64, y: i64, text: impl Into<String>) -> Element {
    Element::new("text")
        .with("class", class)
        .with("x", x)
        .with("y", y)
        .saying(text)
}

/// The name that a pointer sees.
pub fn named(element: Element, name: impl Into<String>) -> Element {
    element.holding([Element::new("title").saying(name)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_harmless_and_escaped() {
        let hostile = "</text><script>\"'&\u{202e}\0]]>";
        let written = text("a", 1, -2, hostile).with("id", hostile).to_string();
        let safe = "&lt;/text&gt;&lt;script&gt;&quot;&#39;&amp;\\u{202e}\\u{0}]]&gt;";
        assert_eq!(
            written,
            format!("<text class=\"a\" x=\"1\" y=\"-2\" id=\"{safe}\">{safe}</text>")
        );
    }

    #[test]
    fn what_holds_nothing_closes_itself() {
        assert_eq!(
            rect("r", 1, 2, 3, 4).to_string(),
            "<rect class=\"r\" x=\"1\" y=\"2\" width=\"3\" height=\"4\"/>"
        );
    }

    #[test]
    fn a_picture_is_named_and_told() {
        let picture = Picture::new("map-1", 10, "<t>", "d", [line("l", (0, 1), (2, 3))]);
        assert_eq!(
            picture.as_str(),
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"drawing\" viewBox=\"0 0 4800 10\" role=\"img\" aria-labelledby=\"map-1-title map-1-desc\">\
             <title id=\"map-1-title\">&lt;t&gt;</title><desc id=\"map-1-desc\">d</desc>\
             <path class=\"l\" d=\"M0 1L2 3\"/></svg>"
        );
    }

    #[test]
    fn a_wide_letter_counts_twice() {
        assert_eq!(text_width("ab"), text_width("摄"));
    }
}
