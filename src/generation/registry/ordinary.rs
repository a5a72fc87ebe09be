//! A registry such as nearly all are, read in one go, without a generic JSON tree in between: objects of text, numbers
//! and flags where they are expected.
//!
//! Anything else gives `None`, and the careful way takes it or leaves it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::Reference;

/// What each flake is given `from` and leads `to`.
pub(super) fn flakes(text: &str) -> Option<Vec<super::Flake<'_>>> {
    let Object(registry): Object<Registry<'_>> = serde_json::from_str(text).ok()?;
    Some(registry.flakes?.into_iter().map(|Object(flake)| flake.both()).collect())
}

/// Something made of an object's members, the last one of each name.
trait Members<'t>: Default {
    fn take<A: MapAccess<'t>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error>;
}

#[derive(Default)]
struct Registry<'t> {
    flakes: Option<Vec<Object<Flake<'t>>>>,
}

impl<'t> Members<'t> for Registry<'t> {
    fn take<A: MapAccess<'t>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error> {
        match name {
            "flakes" => self.flakes = Some(value.next_value()?),
            _ => drop(value.next_value::<Plain<'_>>()?),
        }
        Ok(())
    }
}

#[derive(Default)]
struct Flake<'t> {
    from: Option<Object<Reference<'t>>>,
    to: Option<Object<Reference<'t>>>,
}

impl<'t> Flake<'t> {
    fn both(self) -> super::Flake<'t> {
        (self.from.map(|Object(from)| from), self.to.map(|Object(to)| to))
    }
}

impl<'t> Members<'t> for Flake<'t> {
    fn take<A: MapAccess<'t>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error> {
        match name {
            "from" => self.from = Some(value.next_value()?),
            "to" => self.to = Some(value.next_value()?),
            _ => drop(value.next_value::<Plain<'_>>()?),
        }
        Ok(())
    }
}

impl<'t> Members<'t> for Reference<'t> {
    fn take<A: MapAccess<'t>>(&mut self, name: &str, value: &mut A) -> Result<(), A::Error> {
        let text = |value: Plain<'t>| match value {
            Plain::Text(text) => Some(text),
            Plain::Number(_) | Plain::Flag => None,
        };
        match (name, value.next_value()?) {
            ("id", value) => self.id = text(value),
            ("path", value) => self.path = text(value),
            ("rev", value) => self.rev = text(value),
            ("narHash", value) => self.nar_hash = text(value),
            ("lastModified", Plain::Number(number)) => self.last_modified = Some(number),
            ("lastModified", Plain::Text(_) | Plain::Flag) => self.last_modified = None,
            _ => {}
        }
        Ok(())
    }
}

struct Object<M>(M);

impl<'t, M: Members<'t>> Deserialize<'t> for Object<M> {
    fn deserialize<D: Deserializer<'t>>(reader: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<M>(PhantomData<M>);
        impl<'t, M: Members<'t>> Visitor<'t> for ObjectVisitor<M> {
            type Value = Object<M>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Object<M>, A::Error> {
                let mut members = M::default();
                while let Some(name) = map.next_key()? {
                    let Plain::Text(name) = name else { return Err(Error::custom("a name is text")) };
                    members.take(&name, &mut map)?;
                }
                Ok(Object(members))
            }
        }
        reader.deserialize_map(ObjectVisitor(PhantomData))
    }
}

/// A value without parts.
enum Plain<'t> {
    Text(Cow<'t, str>),
    Number(u64),
    Flag,
}

impl<'t> Deserialize<'t> for Plain<'t> {
    fn deserialize<D: Deserializer<'t>>(reader: D) -> Result<Self, D::Error> {
        struct PlainVisitor;
        impl<'t> Visitor<'t> for PlainVisitor {
            type Value = Plain<'t>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, a number or a flag")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'t str) -> Result<Plain<'t>, E> {
                Ok(Plain::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Plain<'t>, E> {
                Ok(Plain::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Plain<'t>, E> {
                Ok(Plain::Number(number))
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Plain<'t>, E> {
                Ok(Plain::Flag)
            }
        }
        reader.deserialize_any(PlainVisitor)
    }
}
