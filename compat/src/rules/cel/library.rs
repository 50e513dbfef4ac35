//! Which functions are left to crate `cel`, and how are they called?
//!
//! Those of the extensions that rules seldom use. Each call is a program of its own whose arguments are values that were
//! computed here, so that everything around it costs no more than it does elsewhere.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use cel::objects::{Key, Map};
use cel::{Context, Env, Program, Value, extensions};

use super::eval::Run;
use super::time;
use super::value::{Fault, Val};

/// The functions, all of which take time that grows with their arguments and no faster.
const FUNCTIONS: [&str; 37] = [
    "math.@max",
    "math.@min",
    "math.abs",
    "math.bitAnd",
    "math.bitNot",
    "math.bitOr",
    "math.bitShiftLeft",
    "math.bitShiftRight",
    "math.bitXor",
    "math.ceil",
    "math.floor",
    "math.isFinite",
    "math.isInf",
    "math.isNaN",
    "math.round",
    "math.sign",
    "math.sqrt",
    "math.trunc",
    "base64.encode",
    "base64.decode",
    "charAt",
    "indexOf",
    "lastIndexOf",
    "replace",
    "split",
    "reverse",
    "slice",
    "getMilliseconds",
    "getFullYear",
    "getMonth",
    "getDayOfMonth",
    "getDate",
    "getDayOfWeek",
    "getDayOfYear",
    "getHours",
    "getMinutes",
    "getSeconds",
];

/// How many values one call may be given.
const MAX_VALUES: u32 = 10_000;

/// The steps that a call costs besides its arguments: it takes as long as so many of ours.
const COST: usize = 100;

/// The names of arguments.
const ARGUMENTS: [&str; 5] = ["a0", "a1", "a2", "a3", "a4"];

/// The language with its extensions.
pub(super) fn env() -> Arc<Env> {
    static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
        let mut env = Env::stdlib();
        // They only add, each is added once, and no two add the same.
        let added = [
            env.add_extension(extensions::strings),
            env.add_extension(extensions::math),
            env.add_extension(extensions::encoders),
            env.add_extension(extensions::lists),
        ];
        debug_assert!(added.iter().all(Result::is_ok), "{added:?}");
        Arc::new(env)
    });
    Arc::clone(&ENV)
}

pub(super) fn has(name: &str) -> bool {
    FUNCTIONS.contains(&name)
}

/// A call of one function.
#[derive(Debug)]
pub(super) struct Foreign {
    program: Program,
}

impl Foreign {
    pub(super) fn new(name: &str, is_member: bool, arguments: usize) -> Option<Self> {
        let arguments = ARGUMENTS.get(..arguments)?;
        // These two are macros, and what they become can't be written.
        let name = match name {
            "math.@max" => "math.greatest",
            "math.@min" => "math.least",
            name => name,
        };
        let text = match arguments.split_first() {
            Some((target, rest)) if is_member => format!("{target}.{name}({})", rest.join(", ")),
            _ => format!("{name}({})", arguments.join(", ")),
        };
        Some(Self { program: env().compile(&text).ok()? })
    }

    pub(super) fn call<'a>(&self, arguments: &[Val<'a>], run: &Run<'a>) -> Result<Val<'a>, Fault> {
        run.pay(COST)?;
        let mut context = Context::with_env(env());
        let mut left = MAX_VALUES;
        for (name, argument) in ARGUMENTS.iter().zip(arguments) {
            context.add_variable_from_value(*name, outward(argument, run, &mut left)?);
        }
        let result = self.program.execute(&context).map_err(|_| Fault::Other)?;
        inward(&result, run)
    }
}

/// A value for the other engine.
fn outward<'a>(value: &Val<'a>, run: &Run<'a>, left: &mut u32) -> Result<Value, Fault> {
    *left = left.checked_sub(1).ok_or(Fault::TooCostly)?;
    run.pay(1)?;
    Ok(match value {
        Val::Null => Value::Null,
        Val::Bool(value) => Value::Bool(*value),
        Val::Int(value) => Value::Int(*value),
        Val::Uint(value) => Value::UInt(*value),
        Val::Double(value) => Value::Float(*value),
        Val::Text(text) => {
            run.pay_text(value)?;
            Value::from(*text)
        }
        Val::Bytes(bytes) => {
            run.pay_text(value)?;
            Value::from(bytes.to_vec())
        }
        Val::Time(seconds, nanos) => Value::Timestamp(time::library_time(*seconds, *nanos)?),
        Val::Span(seconds, nanos) => Value::Duration(time::library_span(*seconds, *nanos)?),
        Val::List(_) => list(value, run, left)?,
        Val::Node(_) if run.as_list(value) => list(value, run, left)?,
        Val::Map(_) | Val::Node(_) => {
            let mut map = HashMap::new();
            run.each(value, |key| {
                let value = run.member(value, &key)?.ok_or(Fault::NoSuchKey)?;
                let key = match key {
                    Val::Text(text) => Key::from(text),
                    Val::Int(key) => Key::from(key),
                    Val::Uint(key) => Key::from(key),
                    Val::Bool(key) => Key::from(key),
                    _ => return Err(Fault::NoOverload),
                };
                map.insert(key, outward(&value, run, left)?);
                Ok(true)
            })?;
            Value::Map(Map { map: Arc::new(map) })
        }
        Val::Default(_) | Val::Type(_) => return Err(Fault::NoOverload),
    })
}

fn list<'a>(value: &Val<'a>, run: &Run<'a>, left: &mut u32) -> Result<Value, Fault> {
    let mut items = Vec::new();
    run.each(value, |item| {
        items.push(outward(&item, run, left)?);
        Ok(true)
    })?;
    Ok(Value::List(Arc::new(items)))
}

/// A value from the other engine.
pub(super) fn inward<'a>(value: &Value, run: &Run<'a>) -> Result<Val<'a>, Fault> {
    Ok(match value {
        Value::Null => Val::Null,
        Value::Bool(value) => Val::Bool(*value),
        Value::Int(value) => Val::Int(*value),
        Value::UInt(value) => Val::Uint(*value),
        Value::Float(value) => Val::Double(*value),
        Value::String(text) => run.kept(text)?,
        Value::Bytes(bytes) => {
            let kept = run.alloc(bytes.len(), 0u8)?;
            kept.iter_mut().zip(bytes.iter()).for_each(|(place, byte)| *place = *byte);
            Val::Bytes(kept)
        }
        Value::List(items) => {
            let kept = run.alloc(items.len(), Val::Null)?;
            for (place, item) in kept.iter_mut().zip(items.iter()) {
                *place = inward(item, run)?;
            }
            Val::List(kept)
        }
        Value::Timestamp(time) => time::checked(time.timestamp(), time.timestamp_subsec_nanos() as i32)?,
        Value::Duration(span) => Val::Span(span.num_seconds(), span.subsec_nanos()),
        _ => return Err(Fault::Other),
    })
}
