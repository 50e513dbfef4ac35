//! How are values made that stand in no payload? In an arena, paid for by their size.

use std::fmt;

use super::{Run, TEXT_PER_STEP};
use crate::rules::cel::value::{Fault, Val};

impl<'a> Run<'a> {
    pub(in crate::rules) fn alloc<T: Copy>(&self, count: usize, value: T) -> Result<&'a mut [T], Fault> {
        self.pay(count / 4)?;
        self.bump.try_alloc_slice_fill_copy(count, value).map_err(|_| Fault::TooCostly)
    }

    /// A text that is made up.
    pub(in crate::rules::cel) fn text(&self, write: impl FnOnce(&mut String)) -> Result<Val<'a>, Fault> {
        let mut out = String::new();
        write(&mut out);
        self.kept(&out)
    }

    pub(in crate::rules::cel) fn written(&self, what: fmt::Arguments<'_>) -> Result<Val<'a>, Fault> {
        self.kept(&what.to_string())
    }

    pub(in crate::rules) fn kept(&self, text: &str) -> Result<Val<'a>, Fault> {
        self.pay(text.len() / TEXT_PER_STEP)?;
        self.bump.try_alloc_str(text).map(|text| Val::Text(text)).map_err(|_| Fault::TooCostly)
    }

    /// The first so many pieces, or all of them, put another way.
    pub(in crate::rules::cel) fn replaced(
        &self,
        text: &str,
        [from, to]: [&str; 2],
        count: Option<usize>,
    ) -> Result<Val<'a>, Fault> {
        // Known before it is made: a short pattern and a long text in its place grow without bound.
        let most = text.len() + text.len().max(1).saturating_mul(to.len());
        self.pay(most / TEXT_PER_STEP)?;
        self.kept(&text.replacen(from, to, count.unwrap_or(usize::MAX)))
    }

    /// The pieces between separators, or between letters; the last of so many is all that is left.
    pub(in crate::rules::cel) fn split(
        &self,
        text: &'a str,
        separator: &str,
        count: Option<usize>,
    ) -> Result<Val<'a>, Fault> {
        let most = count.unwrap_or(usize::MAX);
        if separator.is_empty() {
            let count = text.chars().count().min(most);
            let list = self.alloc(count, Val::Null)?;
            let mut rest = text;
            for (at, place) in list.iter_mut().enumerate() {
                let end = rest.chars().next().filter(|_| at + 1 < count).map_or(rest.len(), char::len_utf8);
                let (part, left) = rest.split_at(end);
                *place = Val::Text(part);
                rest = left;
            }
            return Ok(Val::List(list));
        }
        let list = self.alloc(text.splitn(most, separator).count(), Val::Null)?;
        list.iter_mut().zip(text.splitn(most, separator)).for_each(|(place, part)| *place = Val::Text(part));
        Ok(Val::List(list))
    }

    pub(in crate::rules::cel) fn bytes(&self, bytes: &[u8]) -> Result<Val<'a>, Fault> {
        self.pay(bytes.len() / TEXT_PER_STEP)?;
        self.bump.try_alloc_slice_copy(bytes).map(|bytes| Val::Bytes(bytes)).map_err(|_| Fault::TooCostly)
    }

    pub(in crate::rules::cel) fn joined(&self, list: &Val<'a>, separator: &str) -> Result<Val<'a>, Fault> {
        let mut out = String::new();
        let mut is_first = true;
        self.each(list, |item| {
            let Val::Text(text) = item else { return Err(Fault::NoOverload) };
            self.pay((text.len() + separator.len()) / TEXT_PER_STEP + 1)?;
            if !is_first {
                out.push_str(separator);
            }
            is_first = false;
            out.push_str(text);
            Ok(true)
        })?;
        self.kept(&out)
    }
}
