//! Labels beside points, none over another.

use super::svg::{LETTER, text_width};

/// How far a label stands from its point.
const GAP: i64 = 110;
/// The height of a label, and how far it moves in one step where its place is taken.
const HEIGHT: i64 = LETTER + 30;
const STEP: i64 = 60;
/// The same to the side, inside an area.
const ASIDE: i64 = 200;

/// A point and what it is called.
#[derive(Clone, Debug)]
pub struct Point {
    pub x: i64,
    pub y: i64,
    /// It is an area, down to here: its label stands inside it.
    pub down_to: Option<i64>,
    pub text: String,
}

/// Where the label of a point stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where the text begins, or where it ends.
    pub x: i64,
    /// Its middle.
    pub y: i64,
    /// It stands to the left of its point.
    pub leftward: bool,
    /// It stands inside its area, so that nothing must lead there.
    pub inside: bool,
}

/// The space that labels may take.
#[derive(Clone, Copy, Debug)]
pub struct Space {
    pub left: i64,
    pub right: i64,
    pub top: i64,
    pub bottom: i64,
}

#[derive(Clone, Copy)]
struct Taken {
    left: i64,
    right: i64,
    top: i64,
    bottom: i64,
}

impl Taken {
    fn meets(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
}

/// A place for each label, in the order of the points; none where there is no room.
///
/// Labels of one row are placed from the outside in, so that the lines to them do not cross.
pub fn place(points: &[Point], space: Space) -> Vec<Option<Place>> {
    let middle = i64::midpoint(space.left, space.right);
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by_key(|index| {
        let point = &points[*index];
        let leftward = point.x > middle;
        let outside_in = if leftward { point.x } else { -point.x };
        (point.down_to.is_some(), point.y, outside_in)
    });
    let mut taken: Vec<Taken> = points.iter().filter_map(dot).collect();
    let mut places = vec![None; points.len()];
    for index in order {
        let point = &points[index];
        let width = text_width(&point.text);
        let free = |place: &Place| {
            let area = area(*place, width);
            inside(&area, space) && !taken.iter().any(|other| other.meets(&area))
        };
        let found = match point.down_to {
            Some(bottom) => within(point, bottom, space).find(free),
            None => beside(point, space, [point.x > middle, point.x <= middle]).find(free),
        };
        if let Some(place) = found {
            taken.push(area(place, width));
            places[index] = Some(place);
        }
    }
    places
}

/// The places beside a point, the nearest first: at each height on one side, then on the other.
fn beside(point: &Point, space: Space, sides: [bool; 2]) -> impl Iterator<Item = Place> {
    steps(space).flat_map(move |away| {
        sides.map(|leftward| Place {
            x: point.x + if leftward { -GAP } else { GAP },
            y: point.y + away,
            leftward,
            inside: false,
        })
    })
}

/// How far up and down a label may move: the nearest first, downward before upward.
fn steps(space: Space) -> impl Iterator<Item = i64> {
    let most = (space.bottom - space.top) / STEP;
    (0..=most).flat_map(|step| {
        let away = step * STEP;
        std::iter::once(away).chain((away > 0).then_some(-away))
    })
}

/// The places inside an area, from its beginning on.
fn within(point: &Point, bottom: i64, space: Space) -> impl Iterator<Item = Place> {
    let (left, right, top) = (point.x, space.right, point.y);
    (0..=(bottom - top).max(0) / STEP).flat_map(move |row| {
        (0..=(right - left).max(0) / ASIDE).map(move |column| Place {
            x: left + GAP + column * ASIDE,
            y: top + row * STEP,
            leftward: false,
            inside: true,
        })
    })
}

/// A point is no place for the label of another; an area is.
fn dot(point: &Point) -> Option<Taken> {
    point.down_to.is_none().then_some(Taken {
        left: point.x - 50,
        right: point.x + 50,
        top: point.y - 50,
        bottom: point.y + 50,
    })
}

fn area(place: Place, width: i64) -> Taken {
    let (left, right) = match place.leftward {
        true => (place.x - width, place.x),
        false => (place.x, place.x + width),
    };
    Taken {
        left,
        right,
        top: place.y - HEIGHT / 2,
        bottom: place.y + HEIGHT / 2,
    }
}

fn inside(area: &Taken, space: Space) -> bool {
    area.left >= space.left
        && area.right <= space.right
        && area.top >= space.top
        && area.bottom <= space.bottom
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACE: Space = Space {
        left: 0,
        right: 4000,
        top: -90,
        bottom: 4000,
    };

    fn point(x: i64, y: i64) -> Point {
        Point {
            x,
            y,
            down_to: None,
            text: "22 ssh, not declared".to_owned(),
        }
    }

    #[test]
    fn labels_stand_beside_their_points_and_not_over_each_other() {
        let crowd: Vec<Point> = (0..15).map(|index| point(80 + 12 * index, 30)).collect();
        let places: Vec<Place> = place(&crowd, SPACE)
            .into_iter()
            .map(Option::unwrap)
            .collect();
        for (index, one) in places.iter().enumerate() {
            for other in &places[index + 1..] {
                assert!((one.y - other.y).abs() >= HEIGHT, "{one:?} {other:?}");
            }
        }
        assert_eq!(places[14].y, 30, "the last of the row is the nearest");
    }

    #[test]
    fn a_label_at_the_right_edge_stands_to_the_left() {
        let places = place(&[point(3990, 1000), point(10, 1000)], SPACE);
        let told: Vec<_> = places.iter().map(|it| it.unwrap().leftward).collect();
        assert_eq!(told, [true, false]);
    }

    #[test]
    fn where_there_is_no_room_there_is_no_label() {
        let crowd: Vec<Point> = (0..100).map(|index| point(2000, 40 * index)).collect();
        let places = place(&crowd, SPACE);
        assert!(places.iter().flatten().count() < 60);
        let mut wide = point(0, 0);
        wide.text = "x".repeat(1000);
        assert_eq!(place(&[wide], SPACE), [None]);
    }
}
