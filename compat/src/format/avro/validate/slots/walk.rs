//! How does one payload go through a compiled path?

use std::sync::Arc;

use super::{Leaf, Node, NodeId};
use crate::format::avro::validate::cursor::{self, Fault};
use crate::format::avro::validate::run::{self, Strict};
use crate::format::avro::validate::telling::{self, Failing, Failure, Part};
use crate::format::avro::validate::{At, Code, Op};
use crate::validator::{Flaw, Payload, Scalar, SlotReader};

/// A compiled path.
#[derive(Debug)]
pub(super) struct Reader {
    /// For everything that is walked over.
    pub(super) code: Code,
    pub(super) nodes: Vec<Node>,
    pub(super) root: NodeId,
}

impl SlotReader for Reader {
    fn each<'p>(&self, payload: Payload<'p>, visit: &mut dyn FnMut(Scalar<'p>)) -> Result<(), Flaw> {
        let mut walk = Walk { reader: self, payload: payload.bytes, visit };
        walk.node(self.root, 0).map(drop).map_err(|failing| telling::flaw(&failing))
    }
}

/// One payload on its way through.
struct Walk<'r, 'p, 'v> {
    reader: &'r Reader,
    payload: &'p [u8],
    visit: &'v mut dyn FnMut(Scalar<'p>),
}

impl<'p> Walk<'_, 'p, '_> {
    /// The position behind the node; anywhere, when nothing of interest is behind it.
    fn node(&mut self, id: NodeId, at: usize) -> Result<usize, Failure> {
        let reader = self.reader;
        match &reader.nodes[id] {
            Node::Skip(start) => self.skip(*start, at),
            Node::Done => Ok(at),
            Node::Field { before, name, inner, behind } => {
                let at = self.skip(*before, at)?;
                let at = self.node(*inner, at).map_err(|failing| within(failing, Part::Field(Arc::clone(name))))?;
                match behind {
                    Some(behind) => self.skip(*behind, at),
                    None => Ok(at),
                }
            }
            Node::Union(branches) => {
                let limit = u32::try_from(branches.len()).unwrap_or(u32::MAX);
                let op = Op::Union { first: 0, branches: limit };
                let (branch, next) = run::index(self.payload, at, limit).map_err(|fault| failure(fault, op, at))?;
                self.node(branches[branch], next)
            }
            Node::Items(inner) => self.blocks(*inner, at, false),
            Node::Entries(inner) => self.blocks(*inner, at, true),
            Node::Show(leaf) => self.show(leaf, at),
        }
    }

    fn skip(&self, start: At, at: usize) -> Result<usize, Failure> {
        self.reader.code.run(start as usize, self.payload, at, 0, Strict)
    }

    fn blocks(&mut self, inner: NodeId, start: usize, keyed: bool) -> Result<usize, Failure> {
        let op = Op::Array { end: 0 };
        let (mut at, mut item) = (start, 0);
        loop {
            let block = run::block(self.payload, at).map_err(|fault| failure(fault, op, at))?;
            at = block.start;
            if block.count == 0 {
                return Ok(at);
            }
            // Every item takes a byte at least.
            if block.count > (self.payload.len() - at) as u64 {
                return Err(failure(Fault::CountPastEnd, op, at));
            }
            for _ in 0..block.count {
                if keyed {
                    at = cursor::text(self.payload, at)
                        .map_err(|fault| within(failure(fault, Op::Text, at), Part::Index(item)))?;
                }
                at = self.node(inner, at).map_err(|failing| within(failing, Part::Index(item)))?;
                item += 1;
            }
            if block.end.is_some_and(|end| end != at) {
                return Err(failure(Fault::BlockSize, op, at));
            }
        }
    }

    fn show(&mut self, leaf: &Leaf, at: usize) -> Result<usize, Failure> {
        let (value, next) = read(leaf, self.payload, at).map_err(|(fault, op)| failure(fault, op, at))?;
        (self.visit)(value);
        Ok(next)
    }
}

/// The value at `at`, and the position behind it.
fn read<'p>(leaf: &Leaf, payload: &'p [u8], at: usize) -> Result<(Scalar<'p>, usize), (Fault, Op)> {
    let slice = |start: usize, end: usize| payload.get(start..end).unwrap_or_default();
    let fixed = |width: u32| {
        let end = cursor::fixed(payload, at, width).map_err(|fault| (fault, Op::Fixed { width }))?;
        Ok((slice(at, end), end))
    };
    Ok(match leaf {
        Leaf::Null => (Scalar::Null, at),
        Leaf::Boolean => {
            let next = cursor::boolean(payload, at).map_err(|fault| (fault, Op::Boolean))?;
            (Scalar::Boolean(slice(at, next) == [1]), next)
        }
        Leaf::Int => {
            cursor::skip_int(payload, at).map_err(|fault| (fault, Op::Int))?;
            let (number, next) = cursor::long(payload, at).map_err(|fault| (fault, Op::Int))?;
            (Scalar::Int(number), next)
        }
        Leaf::Long => {
            let (number, next) = cursor::long(payload, at).map_err(|fault| (fault, Op::Long))?;
            (Scalar::Int(number), next)
        }
        Leaf::Float => {
            let (bytes, next) = fixed(4)?;
            let bytes = bytes.first_chunk().copied().unwrap_or_default();
            (Scalar::Float(f32::from_le_bytes(bytes).into()), next)
        }
        Leaf::Double => {
            let (bytes, next) = fixed(8)?;
            (Scalar::Float(f64::from_le_bytes(bytes.first_chunk().copied().unwrap_or_default())), next)
        }
        Leaf::Bytes => {
            let (start, end) = cursor::counted(payload, at).map_err(|fault| (fault, Op::Bytes))?;
            (Scalar::Bytes(slice(start, end).into()), end)
        }
        Leaf::Text => {
            let (start, end) = cursor::counted(payload, at).map_err(|fault| (fault, Op::Text))?;
            let text = std::str::from_utf8(slice(start, end)).map_err(|_| (Fault::Utf8, Op::Text))?;
            (Scalar::Text(text.into()), end)
        }
        Leaf::Fixed(width) => {
            let (bytes, next) = fixed(*width)?;
            (Scalar::Bytes(bytes.into()), next)
        }
        Leaf::Symbol(symbols) => {
            let limit = u32::try_from(symbols.len()).unwrap_or(u32::MAX);
            let op = Op::Enum { symbols: limit };
            let (index, next) = run::index(payload, at, limit).map_err(|fault| (fault, op))?;
            let symbol = symbols.get(index).ok_or((Fault::Index, op))?;
            (Scalar::Text(symbol.to_string().into()), next)
        }
        Leaf::Everything => (Scalar::Bytes(slice(at, payload.len()).into()), payload.len()),
    })
}

fn failure(fault: Fault, op: Op, offset: usize) -> Failure {
    Box::new(Failing { fault, op, offset, path: Vec::new() })
}

fn within(mut failing: Failure, part: Part) -> Failure {
    failing.path.push(part);
    failing
}
