//! How is the core of an event written? It is read in one pass over the text, in which facets stay as they are.
//!
//! Whatever stands where something else belongs is passed over here: what it means that it is not there is for the reader
//! to say.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A member that should be a `T`, and may be anything. `null` is as good as nothing.
#[derive(Debug, Default)]
pub(super) enum Written<T> {
    #[default]
    Nothing,
    SomethingElse,
    Is(T),
}

pub(super) type Text<'a> = Cow<'a, str>;
/// A facet with its text.
pub(super) type Facet<'a> = (Text<'a>, &'a RawValue);
pub(super) type Facets<'a> = Vec<Facet<'a>>;
pub(super) type Entries<'a> = Vec<Written<Entry<'a>>>;

/// An event as far as everybody has to keep to the standard.
#[derive(Debug, Default)]
pub(super) struct Event<'a> {
    pub(super) event_time: Written<Text<'a>>,
    pub(super) event_type: Written<Text<'a>>,
    pub(super) producer: Written<Text<'a>>,
    pub(super) run: Written<Entry<'a>>,
    pub(super) job: Written<Entry<'a>>,
    pub(super) dataset: Written<Entry<'a>>,
    pub(super) inputs: Written<Entries<'a>>,
    pub(super) outputs: Written<Entries<'a>>,
}

/// A run, a job or a dataset. A run has an id, the others have a name in a namespace.
#[derive(Debug, Default)]
pub(super) struct Entry<'a> {
    pub(super) run_id: Written<Text<'a>>,
    pub(super) namespace: Written<Text<'a>>,
    pub(super) name: Written<Text<'a>>,
    pub(super) facets: Written<Facets<'a>>,
}

/// What may be written as a text, a list, or an object. Of two members with one name the last counts.
pub(super) trait Shape<'de>: Sized {
    fn of_text(_: Text<'de>) -> Option<Self> {
        None
    }

    fn of_list<A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn of_object<A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<T> Written<T> {
    pub(super) fn is_there(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    pub(super) fn get(&self) -> Option<&T> {
        if let Self::Is(value) = self { Some(value) } else { None }
    }
}

impl Written<Text<'_>> {
    pub(super) fn text(&self) -> Option<&str> {
        self.get().map(|text| &**text)
    }
}

impl<'a> Entry<'a> {
    pub(super) fn facets(&self) -> &[Facet<'a>] {
        self.facets.get().map_or(&[], |facets| facets.as_slice())
    }
}

impl<'de> Shape<'de> for Text<'de> {
    fn of_text(text: Text<'de>) -> Option<Self> {
        Some(text)
    }
}

impl<'de> Shape<'de> for Facets<'de> {
    fn of_object<A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        let mut facets = Vec::new();
        while let Some((Key(name), body)) = object.next_entry::<Key<'de>, &'de RawValue>()? {
            facets.push((name, body));
        }
        Ok(Some(facets))
    }
}

impl<'de, T: Shape<'de>> Shape<'de> for Vec<Written<T>> {
    fn of_list<A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Some(items))
    }
}

impl<'de> Shape<'de> for Entry<'de> {
    fn of_object<A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        let mut entry = Self::default();
        while let Some(Key(key)) = object.next_key::<Key<'de>>()? {
            match &*key {
                "runId" => entry.run_id = object.next_value()?,
                "namespace" => entry.namespace = object.next_value()?,
                "name" => entry.name = object.next_value()?,
                "facets" => entry.facets = object.next_value()?,
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Some(entry))
    }
}

impl<'de> Shape<'de> for Event<'de> {
    fn of_object<A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        let mut event = Self::default();
        while let Some(Key(key)) = object.next_key::<Key<'de>>()? {
            match &*key {
                "eventTime" => event.event_time = object.next_value()?,
                "eventType" => event.event_type = object.next_value()?,
                "producer" => event.producer = object.next_value()?,
                "run" => event.run = object.next_value()?,
                "job" => event.job = object.next_value()?,
                "dataset" => event.dataset = object.next_value()?,
                "inputs" => event.inputs = object.next_value()?,
                "outputs" => event.outputs = object.next_value()?,
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Some(event))
    }
}

impl<'de, T: Shape<'de>> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything(PhantomData))
    }
}

/// Reads whatever comes.
struct Anything<T>(PhantomData<T>);

impl<T> Anything<T> {
    fn of(shape: Option<T>) -> Written<T> {
        shape.map_or(Written::SomethingElse, Written::Is)
    }
}

impl<'de, T: Shape<'de>> Visitor<'de> for Anything<T> {
    type Value = Written<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Written<T>, E> {
        Ok(Written::Nothing)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Written<T>, E> {
        Ok(Written::SomethingElse)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Written<T>, E> {
        Ok(Written::SomethingElse)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Written<T>, E> {
        Ok(Written::SomethingElse)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Written<T>, E> {
        Ok(Written::SomethingElse)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Written<T>, E> {
        Ok(Self::of(T::of_text(Cow::Owned(text.to_owned()))))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Written<T>, E> {
        Ok(Self::of(T::of_text(Cow::Borrowed(text))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Written<T>, A::Error> {
        Ok(Self::of(T::of_list(list)?))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Written<T>, A::Error> {
        Ok(Self::of(T::of_object(object)?))
    }
}
