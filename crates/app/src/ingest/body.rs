//! The three layouts of a body: one event, an array of events, a line for each.
//!
//! serde_json judges the syntax, in one pass and without recursion into values;
//! the attributes come out as stretches of the body.

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::event::Attributes;
use super::parsed::BodyError;
use super::refusal::Refusal;
use super::validator::Validator;

/// Reads `application/json`: an object or an array of objects.
pub(super) fn read_json<'j>(
    body: &'j [u8],
    validator: &mut Validator<'_, 'j>,
) -> Result<(), BodyError> {
    let text = std::str::from_utf8(body).map_err(|error| BodyError::NotUtf8 {
        offset: error.valid_up_to(),
    })?;
    let mut json = serde_json::Deserializer::from_str(text);
    let mut stopped = None;
    let whole = Whole {
        validator,
        stopped: &mut stopped,
    };
    let read = json.deserialize_any(whole).and_then(|()| json.end());
    read.map_err(|error| match stopped {
        Some(stopped) => stopped,
        None if error.is_data() => BodyError::NotEvents,
        None => BodyError::Syntax {
            message: error.to_string(),
        },
    })
}

/// Reads `application/x-ndjson`: an object on each line that is not blank.
pub(super) fn read_ndjson<'j>(
    body: &'j [u8],
    validator: &mut Validator<'_, 'j>,
) -> Result<(), BodyError> {
    match std::str::from_utf8(body) {
        Ok(text) => text
            .split('\n')
            .try_for_each(|line| read_line(Some(line), validator)),
        // Only the lines at fault are refused.
        Err(_) => body
            .split(|byte| *byte == b'\n')
            .try_for_each(|line| read_line(std::str::from_utf8(line).ok(), validator)),
    }
}

/// Reads one line, `None` when it is not UTF-8.
fn read_line<'j>(
    line: Option<&'j str>,
    validator: &mut Validator<'_, 'j>,
) -> Result<(), BodyError> {
    let blank = |line: &str| line.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\r'));
    if line.is_some_and(blank) {
        return Ok(());
    }
    validator.check_count()?;
    let Some(line) = line else {
        validator.reject_whole(Refusal::syntax("the line is not valid UTF-8"));
        return Ok(());
    };
    let mut json = serde_json::Deserializer::from_str(line);
    let shape = Gather(&mut validator.attributes).deserialize(&mut json);
    match shape.and_then(|shape| json.end().map(|()| shape)) {
        Ok(shape) => settle(shape, validator),
        Err(error) => validator.reject_whole(Refusal::syntax(format!(
            "the line is not valid JSON: {error}"
        ))),
    }
    Ok(())
}

/// The shape that an event turned out to have.
enum Shape {
    Object,
    Other,
}

fn settle(shape: Shape, validator: &mut Validator<'_, '_>) {
    match shape {
        Shape::Object => validator.settle(),
        Shape::Other => validator.reject_whole(Refusal::value("the event must be a JSON object")),
    }
}

/// Reads a whole body. An object or array is read; anything else is an error of
/// the kind "data", which serde's defaults make.
struct Whole<'a, 'd, 'j> {
    validator: &'a mut Validator<'d, 'j>,
    /// The reason for which the reading was broken off, if not the syntax.
    stopped: &'a mut Option<BodyError>,
}

impl<'j> Visitor<'j> for Whole<'_, '_, 'j> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an event or an array of events")
    }

    fn visit_map<A: MapAccess<'j>>(self, map: A) -> Result<(), A::Error> {
        let shape = Gather(&mut self.validator.attributes).visit_map(map)?;
        self.validator.found_alone();
        settle(shape, self.validator);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'j>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(shape) = seq.next_element_seed(Gather(&mut self.validator.attributes))? {
            if let Err(full) = self.validator.check_count() {
                let error = de::Error::custom(&full);
                *self.stopped = Some(full);
                return Err(error);
            }
            settle(shape, self.validator);
        }
        Ok(())
    }
}

/// Gathers the attributes of one event, or finds that it is none.
struct Gather<'a, 'j>(&'a mut Attributes<'j>);

impl<'j> DeserializeSeed<'j> for Gather<'_, 'j> {
    type Value = Shape;

    fn deserialize<D: Deserializer<'j>>(self, json: D) -> Result<Shape, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'j> Visitor<'j> for Gather<'_, 'j> {
    type Value = Shape;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<Shape, A::Error> {
        self.0.clear();
        while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            self.0.set(name.get(), value.get());
        }
        Ok(Shape::Object)
    }

    fn visit_seq<A: SeqAccess<'j>>(self, mut seq: A) -> Result<Shape, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Shape::Other)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Shape, E> {
        Ok(Shape::Other)
    }
}
