//! Are the required fields there?
//!
//! A message that stands in its place more than once is one message written in parts: what one part lacks another may
//! have. Hardly anyone writes so, but every parser takes it.

use std::ops::Range;

use super::tell::{Stop, Teller, Trail};
use super::{Count, Field, Kind, Shape, wire};

impl<'a> Teller<'a> {
    /// Notes the required fields that a message lacks; for one in parts, at the last of them.
    pub(super) fn required(&mut self, trail: &Trail<'_>) -> Result<(), Stop> {
        let own = trail.start..trail.end;
        if trail.shape.required == 0 || self.lacking(&trail.shape, std::slice::from_ref(&own)).is_empty() {
            return Ok(());
        }
        let parts = self.parts(trail)?;
        if parts.last().is_some_and(|last| *last != own) {
            return Ok(());
        }
        self.lacking(&trail.shape, &parts).into_iter().try_for_each(|field| self.note_missing(trail, field))
    }

    /// The required fields that are in none of the parts.
    fn lacking(&self, shape: &Shape, parts: &[Range<usize>]) -> Vec<&'a Field> {
        let mut lacking = Vec::new();
        for first in (0..shape.required).step_by(64) {
            let seen = self.seen(shape, parts, first);
            let is_lacking = |field: &&Field| nth(field, first).is_some_and(|nth| seen & (1 << nth) == 0);
            lacking.extend(self.tables.fields(shape).iter().filter(is_lacking));
        }
        lacking
    }

    /// A bit for each of the 64 required fields from `first` on.
    fn seen(&self, shape: &Shape, parts: &[Range<usize>], first: u32) -> u64 {
        let tags = parts.iter().flat_map(|part| wire::tags(self.payload, part.clone()));
        let fields = tags.filter_map(|(_, tag, _)| self.tables.field(shape, tag.number));
        fields.filter_map(|field| nth(field, first)).fold(0, |seen, nth| seen | 1 << nth)
    }

    /// Everything that one message is made of, in order.
    fn parts(&mut self, trail: &Trail<'_>) -> Result<Vec<Range<usize>>, Stop> {
        let single = trail.around.filter(|(_, stand)| stand.field.count == Count::One);
        let Some((outer, stand)) = single else { return Ok(std::iter::once(trail.start..trail.end).collect()) };
        let mut parts = Vec::new();
        for around in self.parts(outer)? {
            for (_, tag, next) in wire::tags(self.payload, around) {
                self.patience = self.patience.saturating_sub(1);
                if tag.number != stand.field.number {
                    continue;
                }
                let contents = match stand.field.kind {
                    Kind::Group => wire::group(self.payload, tag, next, 0).map(|(contents, _)| contents),
                    _ => wire::counted(self.payload, tag.next, next),
                };
                parts.extend(contents.ok().filter(|_| tag.wire == stand.field.kind.wire()));
            }
        }
        if self.patience == 0 {
            let what = "the message is written in too many parts to see whether it is complete";
            self.note(trail, None, trail.start, what.into())?;
            return Err(Stop);
        }
        Ok(parts)
    }
}

/// Which of the 64 required fields from `first` on a field is.
fn nth(field: &Field, first: u32) -> Option<u32> {
    field.required?.checked_sub(first).filter(|nth| *nth < 64)
}
