//! What do sums, products and loops give?

use super::{Locals, Run, TEXT_PER_STEP, truth};
use crate::rules::cel::program::{Arithmetic, Body, Loop};
use crate::rules::cel::time;
use crate::rules::cel::value::{Fault, Val, is_number};

impl<'a> Run<'a> {
    pub(in crate::rules::cel) fn arithmetic(
        &self,
        how: Arithmetic,
        one: Val<'a>,
        other: Val<'a>,
    ) -> Result<Val<'a>, Fault> {
        use Arithmetic::{Add, Divide, Multiply, Remainder, Subtract};
        match (one, other) {
            (Val::Int(one), Val::Int(other)) => {
                let result = match how {
                    Add => one.checked_add(other),
                    Subtract => one.checked_sub(other),
                    Multiply => one.checked_mul(other),
                    Divide | Remainder if other == 0 => return Err(Fault::DivisionByZero),
                    Divide => one.checked_div(other),
                    Remainder => one.checked_rem(other),
                };
                result.map(Val::Int).ok_or(Fault::Overflow)
            }
            (Val::Uint(one), Val::Uint(other)) => {
                let result = match how {
                    Add => one.checked_add(other),
                    Subtract => one.checked_sub(other),
                    Multiply => one.checked_mul(other),
                    Divide | Remainder if other == 0 => return Err(Fault::DivisionByZero),
                    Divide => one.checked_div(other),
                    Remainder => one.checked_rem(other),
                };
                result.map(Val::Uint).ok_or(Fault::Overflow)
            }
            (Val::Double(one), Val::Double(other)) => Ok(Val::Double(match how {
                Add => one + other,
                Subtract => one - other,
                Multiply => one * other,
                Divide => one / other,
                Remainder => return Err(Fault::NoOverload),
            })),
            (Val::Text(one), Val::Text(other)) if how == Add => self.text(|out| {
                out.push_str(one);
                out.push_str(other);
            }),
            (Val::Bytes(one), Val::Bytes(other)) if how == Add => {
                self.pay((one.len() + other.len()) / TEXT_PER_STEP)?;
                let joined = self.bump.try_alloc_slice_fill_copy(one.len() + other.len(), 0u8);
                let joined = joined.map_err(|_| Fault::TooCostly)?;
                joined.iter_mut().zip(one.iter().chain(other)).for_each(|(place, byte)| *place = *byte);
                Ok(Val::Bytes(joined))
            }
            (one, other) if how == Add && self.as_list(&one) && self.as_list(&other) => {
                let (one, other) = (self.collected(&one)?, self.collected(&other)?);
                self.pay(one.len() + other.len())?;
                let joined = self.alloc(one.len() + other.len(), Val::Null)?;
                joined.iter_mut().zip(one.iter().chain(other)).for_each(|(place, item)| *place = *item);
                Ok(Val::List(joined))
            }
            (one, other) if is_number(&one) || is_number(&other) => Err(Fault::NoOverload),
            (one, other) if how == Add => time::add(&one, &other),
            (one, other) if how == Subtract => time::subtract(&one, &other),
            _ => Err(Fault::NoOverload),
        }
    }

    pub(in crate::rules::cel) fn run_loop(
        &self,
        the_loop: &'a Loop,
        locals: &mut Locals<'a>,
    ) -> Result<Val<'a>, Fault> {
        let range = self.eval(&the_loop.range, locals)?;
        let set = |locals: &mut Locals<'a>, at: u32, value| {
            if let Some(place) = locals.get_mut(at as usize) {
                *place = value;
            }
        };
        match &the_loop.body {
            Body::Fold { start, condition, step, result } => {
                let start = self.eval(start, locals);
                set(locals, the_loop.accumulator, start);
                self.each(&range, |item| {
                    set(locals, the_loop.item, Ok(item));
                    if !matches!(self.eval(condition, locals)?, Val::Bool(true)) {
                        return Ok(false);
                    }
                    let next = self.eval(step, locals);
                    if next.is_err_and(Fault::is_ours) {
                        return next.map(|_| false);
                    }
                    set(locals, the_loop.accumulator, next);
                    Ok(true)
                })?;
                self.eval(result, locals)
            }
            Body::Collect { condition, value } => {
                let list = self.alloc(usize::try_from(self.size(&range)?).unwrap_or(0), Val::Null)?;
                let mut count = 0;
                self.each(&range, |item| {
                    set(locals, the_loop.item, Ok(item));
                    let is_taken = match condition {
                        Some(condition) => truth(self.eval(condition, locals)?)?,
                        None => true,
                    };
                    if is_taken {
                        let value = self.eval(value, locals)?;
                        if let Some(place) = list.get_mut(count) {
                            *place = value;
                        }
                        count += 1;
                    }
                    Ok(true)
                })?;
                Ok(Val::List(list.get(..count).unwrap_or_default()))
            }
        }
    }
}
