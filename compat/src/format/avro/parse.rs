//! Is this text an Avro schema, and which? What Avro's Java parser takes is taken, what it refuses is refused, with the
//! place.
//!
//! Three passes: the text becomes a tree (names may be used before they are defined), names are resolved, and what can
//! only be judged then is judged: unions, defaults, and how deep it all goes.

mod again;
mod defaults;
mod names;

use std::collections::{HashMap, HashSet};

use super::equal;
use super::tree::{Enum, Field, Fixed, Header, Name, Order, Primitive, Record, Schema, Shape, Type, TypeId, Use};
use crate::format::{Resolved, Strictness};
use crate::json::{self, Extent, Member, Node, Pointer, Source, Value};
use crate::schema::SchemaKind;
use crate::violation::Malformed;

/// How deep types may nest, named ones counted where they are first met. Keeps every walk within the stack.
const MAX_DEPTH: usize = 200;

/// The largest `fixed` that a Java reader could hold.
const MAX_FIXED: u32 = i32::MAX as u32 - 8;

/// How many bytes a full name may have. Short names in a long namespace would multiply it.
const MAX_NAME: usize = 4096;

/// Members of a schema object that have a meaning; the rest are properties.
const RESERVED: [&str; 10] =
    ["doc", "fields", "items", "name", "namespace", "size", "symbols", "values", "type", "aliases"];
const RESERVED_IN_FIELDS: [&str; 6] = ["default", "doc", "name", "order", "type", "aliases"];

pub(super) fn parse(text: &str, references: &[Resolved], strictness: Strictness) -> Result<Schema, Malformed> {
    let mut parser = Parser::default();
    for reference in references {
        parser.reference(reference)?;
    }
    let borrowed = parser.names.keys().cloned().collect();
    let source = Source::new(text);
    let root = parser.text(text, Some(source.clone()), strictness)?;
    Ok(Schema { source, types: parser.types, root, borrowed })
}

#[derive(Default)]
struct Parser {
    types: Vec<Type>,
    names: HashMap<String, TypeId>,
    /// Everything below belongs to the text at hand.
    source: Option<Source>,
    strict: bool,
    pending: Vec<Pending>,
    /// The records whose fields are being read.
    open: Vec<TypeId>,
    /// Those that mention themselves or one that they stand in.
    entangled: HashSet<TypeId>,
    unions: Vec<(TypeId, String)>,
    defaults: Vec<Unchecked>,
}

/// A name that was used before its definition.
struct Pending {
    id: TypeId,
    name: String,
    /// What it means if there is no such definition.
    otherwise: Option<TypeId>,
    extent: Extent,
    path: String,
}

/// A default that waits to be checked against its type.
struct Unchecked {
    record: TypeId,
    field: usize,
    path: String,
}

type Parse<T> = Result<T, Malformed>;

impl Parser {
    fn reference(&mut self, reference: &Resolved) -> Parse<()> {
        let refuse = |why: &str| Malformed {
            message: format!("the referenced schema '{}' can't be used: {why}", reference.name),
            span: None,
            path: None,
        };
        if reference.kind != SchemaKind::Avro {
            return Err(refuse(&format!("it is {}, not AVRO", reference.kind)));
        }
        self.text(&reference.text, None, Strictness::Lenient).map_err(|malformed| refuse(&malformed.to_string()))?;
        Ok(())
    }

    fn text(&mut self, text: &str, source: Option<Source>, strictness: Strictness) -> Parse<Use> {
        let document = json::read(text)?;
        self.source = source;
        self.strict = strictness == Strictness::Strict;
        let first = self.types.len();
        let root = self.schema(&document, None, Pointer::Root)?;
        let root = self.resolve(first, root)?;
        self.check_unions()?;
        self.check_defaults()?;
        self.check_depth(root, 0, &mut HashSet::new())?;
        Ok(root)
    }

    // === First pass: the tree ===

    fn schema(&mut self, node: &Node, namespace: Option<&str>, at: Pointer<'_>) -> Parse<Use> {
        let id = match &node.value {
            Value::Text(name) => self.named(name, node, namespace, at)?,
            Value::List(branches) => self.union(branches, namespace, at)?,
            Value::Object(_) => self.object(node, namespace, at)?,
            _ => return self.refuse(node, at, format!("a schema is text, an object or an array, not {}", node.what())),
        };
        Ok(Use { id, extent: self.extent(node) })
    }

    fn named(&mut self, name: &str, node: &Node, namespace: Option<&str>, at: Pointer<'_>) -> Parse<TypeId> {
        if let Some(primitive) = Primitive::parse(name) {
            return Ok(self.add(Shape::Primitive(primitive), Vec::new()));
        }
        let full = match namespace {
            Some(namespace) if !name.contains('.') => format!("{namespace}.{name}"),
            _ => name.to_owned(),
        };
        if let Some(known) = self.names.get(&full).copied() {
            let inside = self.open.iter().position(|open| *open == known).unwrap_or(self.open.len());
            self.entangled.extend(self.open.get(inside..).unwrap_or_default());
            return Ok(known);
        }
        // A type without a namespace. Java overlooks those that are not complete, so that a later definition in the
        // namespace goes first.
        let bare = self.names.get(name).copied();
        if let Some(known) = bare.filter(|known| !self.open.contains(known)) {
            return Ok(known);
        }
        let id = self.add(Shape::Pending, Vec::new());
        self.pending.push(Pending { id, name: full, otherwise: bare, extent: node.extent, path: at.to_string() });
        Ok(id)
    }

    fn union(&mut self, branches: &[Node], namespace: Option<&str>, at: Pointer<'_>) -> Parse<TypeId> {
        let mut uses = Vec::with_capacity(branches.len());
        for (index, branch) in branches.iter().enumerate() {
            uses.push(self.schema(branch, namespace, at.index(index))?);
        }
        let id = self.add(Shape::Union(uses), Vec::new());
        self.unions.push((id, at.to_string()));
        Ok(id)
    }

    fn object(&mut self, node: &Node, namespace: Option<&str>, at: Pointer<'_>) -> Parse<TypeId> {
        let word = self.required_text(node, "type", at)?;
        if let Some(primitive) = Primitive::parse(word) {
            return Ok(self.add(Shape::Primitive(primitive), properties(node, &RESERVED)));
        }
        match word {
            "record" | "error" => self.record(node, word == "error", namespace, at),
            "enum" => self.enumeration(node, namespace, at),
            "fixed" => self.fixed(node, namespace, at),
            "array" => {
                let items = self.inner(node, "items", namespace, at)?;
                Ok(self.add(Shape::Array(items), properties(node, &RESERVED)))
            }
            "map" => {
                let values = self.inner(node, "values", namespace, at)?;
                Ok(self.add(Shape::Map(values), properties(node, &RESERVED)))
            }
            name => self.named(name, node.get("type").unwrap_or(node), namespace, at.key("type")),
        }
    }

    fn inner(&mut self, node: &Node, key: &str, namespace: Option<&str>, at: Pointer<'_>) -> Parse<Use> {
        match node.get(key) {
            Some(inner) => self.schema(inner, namespace, at.key(key)),
            None => self.refuse(node, at, format!("'{key}' is missing")),
        }
    }

    fn record(&mut self, node: &Node, is_error: bool, namespace: Option<&str>, at: Pointer<'_>) -> Parse<TypeId> {
        let header = self.header(node, namespace, at)?;
        let inside = header.name.namespace().map(str::to_owned);
        let full = header.name.full().to_owned();
        let record = Record { header, fields: Vec::new(), is_error };
        let known = self.names.get(&full).copied();
        let mark = self.mark();
        let id = self.add(Shape::Record(record), properties(node, &RESERVED));
        // Its name is known inside its own fields.
        self.names.entry(full.clone()).or_insert(id);
        let is_within_itself = known.is_some_and(|known| self.open.contains(&known));
        self.open.push(known.unwrap_or(id));
        let Some(list) = node.get("fields").and_then(Node::list) else {
            return self.refuse(node, at, "a record needs an array of 'fields'".into());
        };
        let mut fields: Vec<Field> = Vec::with_capacity(list.len());
        let mut taken = HashSet::new();
        let fields_at = at.key("fields");
        for (index, field) in list.iter().enumerate() {
            let field_at = fields_at.index(index);
            let parsed = self.field(field, inside.as_deref(), field_at)?;
            if !taken.insert(parsed.name.clone()) {
                return self.refuse(field, field_at, format!("the record has two fields named '{}'", parsed.name));
            }
            if parsed.default.is_some() && self.strict {
                let path = field_at.key("default").to_string();
                self.defaults.push(Unchecked { record: id, field: index, path });
            }
            fields.push(parsed);
        }
        if let Shape::Record(record) = &mut self.types[id.0].shape {
            record.fields = fields;
        }
        let is_simple = |known: &TypeId| !is_within_itself && !self.entangled.contains(known);
        let is_same = known.filter(is_simple).is_some_and(|known| again::is_same_record(&self.types, known, id));
        self.open.pop();
        match known {
            None => Ok(id),
            Some(known) if is_same => {
                self.rewind(mark);
                Ok(known)
            }
            Some(_) => self.refuse(node, at, format!("'{full}' is already defined in other words")),
        }
    }

    /// How much has been gathered so far.
    fn mark(&self) -> [usize; 4] {
        [self.types.len(), self.pending.len(), self.unions.len(), self.defaults.len()]
    }

    /// Forgets what has been gathered since.
    fn rewind(&mut self, [types, pending, unions, defaults]: [usize; 4]) {
        self.types.truncate(types);
        self.pending.truncate(pending);
        self.unions.truncate(unions);
        self.defaults.truncate(defaults);
    }

    fn field(&mut self, node: &Node, namespace: Option<&str>, at: Pointer<'_>) -> Parse<Field> {
        let name = self.required_text(node, "name", at)?;
        self.check_name(name, node.get("name").unwrap_or(node), at.key("name"))?;
        let of = self.inner(node, "type", namespace, at)?;
        let order = match node.get("order") {
            None => Order::Ascending,
            Some(order) => match order.text().and_then(Order::parse) {
                Some(order) => order,
                None => {
                    return self.refuse(order, at.key("order"), "the order is ascending, descending or ignore".into());
                }
            },
        };
        Ok(Field {
            name: name.to_owned(),
            name_extent: node.get("name").and_then(|name| self.extent(name)),
            of,
            doc: doc(node),
            default: self.field_default(node, of.id, at)?,
            order,
            aliases: self.alias_texts(node, at)?,
            props: properties(node, &RESERVED_IN_FIELDS),
        })
    }

    /// A floating default may be written as text, which is how NaN is.
    fn field_default(&self, node: &Node, of: TypeId, at: Pointer<'_>) -> Parse<Option<Node>> {
        let Some(default) = node.get("default") else { return Ok(None) };
        let floating = matches!(self.types[of.0].shape, Shape::Primitive(Primitive::Float | Primitive::Double));
        let Some(text) = default.text().filter(|_| floating) else { return Ok(Some(default.clone())) };
        match defaults::number_in_text(text) {
            Some(value) => Ok(Some(Node { value, extent: default.extent })),
            None => self.refuse(default, at.key("default"), format!("the default '{text}' is not a number")),
        }
    }

    fn enumeration(&mut self, node: &Node, namespace: Option<&str>, at: Pointer<'_>) -> Parse<TypeId> {
        let header = self.header(node, namespace, at)?;
        let Some((symbols_node, list)) = node.get("symbols").and_then(|node| Some((node, node.list()?))) else {
            return self.refuse(node, at, "an enum needs an array of 'symbols'".into());
        };
        let symbols_at = at.key("symbols");
        let mut symbols: Vec<String> = Vec::with_capacity(list.len());
        let mut taken = HashSet::new();
        for (index, symbol) in list.iter().enumerate() {
            let symbol_at = symbols_at.index(index);
            let Some(text) = symbol.text() else {
                return self.refuse(symbol, symbol_at, format!("a symbol is text, not {}", symbol.what()));
            };
            self.check_name(text, symbol, symbol_at)?;
            if !taken.insert(text) {
                return self.refuse(symbol, symbol_at, format!("the symbol '{text}' stands twice"));
            }
            symbols.push(text.to_owned());
        }
        let default = node.get("default").and_then(|default| Some((default, default.text()?)));
        if let Some((default, text)) = default.filter(|(_, text)| !taken.contains(text)) {
            return self.refuse(default, at.key("default"), format!("the default '{text}' is not one of the symbols"));
        }
        let full = header.name.full().to_owned();
        let mut reserved = RESERVED.to_vec();
        reserved.push("default");
        let default = default.map(|(_, text)| text.to_owned());
        let symbol_extents = list.iter().filter_map(|symbol| self.extent(symbol)).collect();
        let parsed = Enum { header, symbols, symbols_extent: self.extent(symbols_node), symbol_extents, default };
        let props = properties(node, &reserved);
        let same = |known: &Shape| matches!(known, Shape::Enum(known) if known.symbols == parsed.symbols);
        if let Some(known) = self.same_as_known(&full, &props, same) {
            return Ok(known);
        }
        let id = self.add(Shape::Enum(parsed), props);
        self.define(full, id, node, at)?;
        Ok(id)
    }

    fn fixed(&mut self, node: &Node, namespace: Option<&str>, at: Pointer<'_>) -> Parse<TypeId> {
        let header = self.header(node, namespace, at)?;
        let size = node.get("size");
        let number = size.and_then(|size| match &size.value {
            Value::Number(digits) => digits.parse::<u32>().ok(),
            _ => None,
        });
        let Some(number) = number.filter(|number| *number <= MAX_FIXED) else {
            let message = format!("a fixed type needs a 'size', a whole number from 0 to {MAX_FIXED}");
            return self.refuse(size.unwrap_or(node), at.key("size"), message);
        };
        let full = header.name.full().to_owned();
        let same = |known: &Shape| matches!(known, Shape::Fixed(known) if known.size == number);
        let props = properties(node, &RESERVED);
        if let Some(known) = self.same_as_known(&full, &props, same) {
            return Ok(known);
        }
        let size_extent = size.and_then(|size| self.extent(size));
        let id = self.add(Shape::Fixed(Fixed { header, size: number, size_extent }), props);
        self.define(full, id, node, at)?;
        Ok(id)
    }

    /// Named types may be defined again in the same words, but for documentation, aliases and the default of an enum.
    fn same_as_known(&self, full: &str, props: &[Member], same: impl FnOnce(&Shape) -> bool) -> Option<TypeId> {
        let known = *self.names.get(full)?;
        let known_type = &self.types[known.0];
        (equal::props(&known_type.props, props) && same(&known_type.shape)).then_some(known)
    }

    fn header(&self, node: &Node, namespace: Option<&str>, at: Pointer<'_>) -> Parse<Header> {
        let text = self.required_text(node, "name", at)?;
        let own_namespace = node.get("namespace").and_then(Node::text);
        let name = Name::new(text, own_namespace.or(namespace));
        let name_node = node.get("name").unwrap_or(node);
        self.check_full_name(&name, name_node, at.key("name"))?;
        if Primitive::parse(name.full()).is_some() {
            return self.refuse(name_node, at.key("name"), format!("'{text}' is the name of a primitive type"));
        }
        let aliases = self.alias_texts(node, at)?;
        let aliases = aliases.iter().map(|alias| Name::new(alias, name.namespace())).collect::<Vec<_>>();
        for alias in &aliases {
            let aliases_node = node.get("aliases").unwrap_or(node);
            self.check_length(alias, aliases_node, at.key("aliases"))?;
            self.check_name(alias.simple(), aliases_node, at.key("aliases"))?;
        }
        Ok(Header { name, name_extent: self.extent(name_node), doc: doc(node), aliases })
    }

    fn alias_texts(&self, node: &Node, at: Pointer<'_>) -> Parse<Vec<String>> {
        let Some(aliases) = node.get("aliases") else { return Ok(Vec::new()) };
        let Some(list) = aliases.list() else {
            return self.refuse(aliases, at.key("aliases"), format!("aliases are an array, not {}", aliases.what()));
        };
        let mut texts: Vec<String> = Vec::with_capacity(list.len());
        let mut taken = HashSet::new();
        for (index, alias) in list.iter().enumerate() {
            let Some(text) = alias.text() else {
                let aliases_at = at.key("aliases");
                return self.refuse(alias, aliases_at.index(index), format!("an alias is text, not {}", alias.what()));
            };
            if taken.insert(text) {
                texts.push(text.to_owned());
            }
        }
        Ok(texts)
    }

    fn define(&mut self, full: String, id: TypeId, node: &Node, at: Pointer<'_>) -> Parse<()> {
        if self.names.contains_key(&full) {
            return self.refuse(node, at, format!("'{full}' is already defined in other words"));
        }
        self.names.insert(full, id);
        Ok(())
    }

    fn add(&mut self, shape: Shape, props: Vec<Member>) -> TypeId {
        self.types.push(Type { shape, props });
        TypeId(self.types.len() - 1)
    }

    // === Second pass: names ===

    /// Points every use of a name at its definition.
    fn resolve(&mut self, first: usize, mut root: Use) -> Parse<Use> {
        let mut targets = HashMap::new();
        for pending in std::mem::take(&mut self.pending) {
            let Some(target) = self.names.get(&pending.name).copied().or(pending.otherwise) else {
                let message =
                    format!("unknown type '{}': it is neither defined here nor in a referenced schema", pending.name);
                return Err(self.malformed(pending.extent, pending.path, message));
            };
            targets.insert(pending.id, target);
        }
        if targets.is_empty() {
            return Ok(root);
        }
        let uses = self.types.iter_mut().skip(first).flat_map(|of| of.shape.uses_mut());
        for of in uses.chain(std::iter::once(&mut root)) {
            if let Some(target) = targets.get(&of.id) {
                of.id = *target;
            }
        }
        Ok(root)
    }

    // === Third pass: what needs names ===

    fn check_unions(&mut self) -> Parse<()> {
        for (id, path) in std::mem::take(&mut self.unions) {
            let Shape::Union(branches) = &self.types[id.0].shape else { continue };
            let mut taken = HashSet::new();
            for (index, branch) in branches.iter().enumerate() {
                let shape = &self.types[branch.id.0].shape;
                let name = shape.header().map_or(shape.word(), |header| header.name.full());
                let message = if matches!(shape, Shape::Union(_)) {
                    "a union can't stand directly in a union".to_owned()
                } else if !taken.insert(name) {
                    format!("the union has '{name}' twice, so that a reader could not tell the branches apart")
                } else {
                    continue;
                };
                let extent = branch.extent.unwrap_or(Extent { start: 0, end: 0 });
                return Err(self.malformed(extent, format!("{path}/{index}"), message));
            }
        }
        Ok(())
    }

    fn check_defaults(&mut self) -> Parse<()> {
        let mut effort = defaults::Effort::default();
        for waiting in std::mem::take(&mut self.defaults) {
            let Shape::Record(record) = &self.types[waiting.record.0].shape else { continue };
            let Some((field, default)) = record.fields.get(waiting.field).and_then(|f| Some((f, f.default.as_ref()?)))
            else {
                continue;
            };
            if !defaults::fits(&self.types, field.of.id, default, &mut effort) {
                let word = self.types[field.of.id.0].shape.word();
                let message = format!("the default of field '{}' does not fit its type, {word}", field.name);
                return Err(self.malformed(default.extent, waiting.path, message));
            }
        }
        Ok(())
    }

    fn check_depth(&self, of: Use, depth: usize, met: &mut HashSet<TypeId>) -> Parse<()> {
        if depth > MAX_DEPTH {
            let extent = of.extent.unwrap_or(Extent { start: 0, end: 0 });
            return Err(self.malformed(extent, String::new(), format!("types nest deeper than {MAX_DEPTH} levels")));
        }
        if !met.insert(of.id) {
            return Ok(());
        }
        self.types[of.id.0].shape.uses().into_iter().try_for_each(|inner| self.check_depth(inner, depth + 1, met))
    }

    // === Refusing ===

    fn required_text<'n>(&self, node: &'n Node, key: &str, at: Pointer<'_>) -> Parse<&'n str> {
        match node.get(key) {
            Some(found) => match found.text() {
                Some(text) => Ok(text),
                None => self.refuse(found, at.key(key), format!("'{key}' must be text here, not {}", found.what())),
            },
            None => self.refuse(node, at, format!("'{key}' is missing")),
        }
    }

    fn check_full_name(&self, name: &Name, node: &Node, at: Pointer<'_>) -> Parse<()> {
        self.check_length(name, node, at)?;
        self.check_name(name.simple(), node, at)?;
        let Some(namespace) = name.namespace().filter(|_| self.strict) else { return Ok(()) };
        for part in namespace.split('.') {
            if let Err(why) = names::check(part, true) {
                return self.refuse(node, at, format!("the namespace '{namespace}' is not valid: {why}"));
            }
        }
        Ok(())
    }

    fn check_length(&self, name: &Name, node: &Node, at: Pointer<'_>) -> Parse<()> {
        if name.full().len() <= MAX_NAME {
            return Ok(());
        }
        self.refuse(node, at, format!("a full name has at most {MAX_NAME} bytes"))
    }

    fn check_name(&self, name: &str, node: &Node, at: Pointer<'_>) -> Parse<()> {
        match names::check(name, self.strict) {
            Ok(()) => Ok(()),
            Err(why) => self.refuse(node, at, format!("the name '{name}' is not valid: {why}")),
        }
    }

    fn refuse<T>(&self, node: &Node, at: Pointer<'_>, message: String) -> Parse<T> {
        Err(self.malformed(node.extent, at.to_string(), message))
    }

    fn malformed(&self, extent: Extent, path: String, message: String) -> Malformed {
        Malformed { message, span: self.source.as_ref().map(|source| source.span(extent)), path: Some(path) }
    }

    /// Where `node` stands, unless that is in another text.
    fn extent(&self, node: &Node) -> Option<Extent> {
        self.source.as_ref().map(|_| node.extent)
    }
}

fn doc(node: &Node) -> Option<String> {
    node.get("doc").and_then(Node::text).map(str::to_owned)
}

fn properties(node: &Node, reserved: &[&str]) -> Vec<Member> {
    let members = node.members().unwrap_or_default();
    members.iter().filter(|member| !reserved.contains(&member.key.as_str())).cloned().collect()
}

#[cfg(test)]
mod tests;
