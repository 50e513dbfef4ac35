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

    pub(in crate::rules::cel) fn replaced(&self, text: &str, from: &str, to: &str) -> Result<Val<'a>, Fault> {
        // Known before it is made: a short pattern and a long text in its place grow without bound.
        let most = text.len() + text.len().max(1).saturating_mul(to.len());
        self.pay(most / TEXT_PER_STEP)?;
        self.kept(&text.replace(from, to))
    }

    pub(in crate::rules::cel) fn split(&self, text: &'a str, separator: &str) -> Result<Val<'a>, Fault> {
        if separator.is_empty() {
            let list = self.alloc(text.chars().count(), Val::Null)?;
            let parts =
                text.char_indices().map(|(at, letter)| text.get(at..at + letter.len_utf8()).unwrap_or_default());
            list.iter_mut().zip(parts).for_each(|(place, part)| *place = Val::Text(part));
            return Ok(Val::List(list));
        }
        let list = self.alloc(text.split(separator).count(), Val::Null)?;
        list.iter_mut().zip(text.split(separator)).for_each(|(place, part)| *place = Val::Text(part));
        Ok(Val::List(list))
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
