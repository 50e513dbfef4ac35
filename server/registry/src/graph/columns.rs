//! Which fields is a field made of, and which are made of it?
//!
//! A field is visited once, by however many ways it is reached: paths are not counted off. What is declared of a field counts;
//! if nothing is, and guesses are wanted, it may be made of what is alike.

mod inferred;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use tidegate_lineage::graph::Direction;
use tidegate_lineage::graph::alike::Fields;
use tidegate_lineage::{Entity, Named, Transformation};
use tidegate_store::declared::{ColumnRow, MOST_FLOWS, node_id as id_of};
use tidegate_store::{Session, Window};

use self::inferred::{Guesses, INFERRED};
use super::Evidence;
use crate::declared::Asked;
use crate::{Registry, Result};

/// How many fields an answer has at most.
const MOST_FIELDS: usize = 2_000;

/// A field of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldRef {
    pub dataset: Named,
    pub field: String,
}

/// A field that another one is made of, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldInput {
    pub of: FieldRef,
    pub how: Vec<Transformation>,
}

/// A field with those that it is made of, and those made of it, as far as both were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldNode {
    pub inputs: Vec<FieldInput>,
    pub outputs: BTreeSet<FieldRef>,
    /// As the dataset's schema has it, where one was told.
    pub kind: Option<String>,
}

/// Fields, as far as they hang together with what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldGraph {
    pub fields: BTreeMap<FieldRef, FieldNode>,
    /// Whether there are more within the depth.
    pub is_truncated: bool,
}

/// Which fields are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// How many steps.
    pub depth: usize,
    /// What lies upstream, what lies downstream, or both.
    pub direction: Direction,
    /// Also those that are guessed by name and type, each marked as such: from which links.
    pub inferred: Option<Clues>,
}

/// Which links lead to guesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clues {
    pub evidence: Evidence,
    pub within: Option<Window>,
    /// Those that are less sure, in hundredths, are passed over, and so is what only asked for a topic.
    pub confidence: u8,
}

impl Clues {
    /// All that are known now.
    pub const ALL: Self =
        Self { evidence: Evidence { is_declared: true, is_observed: true }, within: None, confidence: 0 };
}

/// By the id of the dataset.
type Key = (String, String);

#[derive(Default)]
struct Walk<'a> {
    guesses: Option<Guesses<'a>>,
    names: HashMap<String, Named>,
    /// What fields are made of, and what is made of them.
    into: HashMap<Key, Vec<ColumnRow>>,
    out_of: HashMap<Key, Vec<ColumnRow>>,
    /// Fields that were asked for, and datasets around which was guessed, each with whether that was upstream.
    asked: HashSet<(bool, Key)>,
    guessed: HashSet<(bool, String)>,
    inputs: BTreeMap<Key, Vec<(Key, Vec<Transformation>)>>,
    is_truncated: bool,
}

impl Registry {
    /// What the fields of a node are made of, so many steps up, and what is made of them, if that is wanted. A job's fields
    /// are those it writes. `None` if the node is not known.
    pub async fn column_lineage(&self, start: &Asked, wanted: Columns) -> Result<Option<FieldGraph>> {
        let mut session = self.store().read().await?;
        let mut walk = Walk::default();
        if let Some(clues) = wanted.inferred {
            walk.guesses = Some(Guesses::new(self, &mut session, clues).await?);
        }
        let Some(begin) = walk.begin(&mut session, start).await? else { return Ok(None) };
        let mut seen: BTreeSet<Key> = begin.iter().cloned().collect();
        if wanted.direction != Direction::Down {
            walk.go(&mut session, begin.clone(), wanted.depth, true, &mut seen).await?;
        }
        if wanted.direction != Direction::Up {
            walk.go(&mut session, begin, wanted.depth, false, &mut seen).await?;
        }
        Ok(Some(walk.told(&mut session, seen).await?))
    }
}

impl FieldInput {
    /// Whether nobody says so: it is a guess from name and type.
    pub fn is_inferred(&self) -> bool {
        !self.how.is_empty() && self.how.iter().all(|how| how.kind == INFERRED)
    }
}

impl Walk<'_> {
    /// The fields to begin with.
    async fn begin(&mut self, session: &mut Session, start: &Asked) -> Result<Option<Vec<Key>>> {
        let (entity, only) = match start {
            Asked::Node(entity) => (entity.clone(), None),
            Asked::Field(dataset, field) => (Entity::Dataset(dataset.clone()), Some(field)),
        };
        let id = id_of(&entity);
        let is_declared = session.declared_node(&entity).await?.is_some();
        let fields: BTreeSet<Key> = match &entity {
            Entity::Dataset(named) => {
                self.names.insert(id.clone(), named.clone());
                let fields = self.fields_of(session, &id, named).await?;
                if !is_declared && fields.is_empty() {
                    return Ok(None);
                }
                if let Some(field) = only {
                    return Ok(fields.contains(field).then(|| vec![(id, field.clone())]));
                }
                fields.into_iter().map(|field| (id.clone(), field)).collect()
            }
            Entity::Job(_) if !is_declared => return Ok(None),
            Entity::Job(_) => {
                let flows = session.declared_flows(std::slice::from_ref(&id)).await?;
                let targets = flows.into_iter().filter(|flow| flow.source == id).map(|flow| flow.target);
                let targets: Vec<_> = targets.collect::<BTreeSet<_>>().into_iter().collect();
                let columns = session.columns_into(&targets).await?.into_iter().filter(|it| it.told_by == id);
                columns.filter_map(|column| Some((column.target, column.target_field?))).collect()
            }
        };
        self.is_truncated |= fields.len() > MOST_FIELDS;
        Ok(Some(fields.into_iter().take(MOST_FIELDS).collect()))
    }

    /// All fields of a dataset that anything is known of.
    async fn fields_of(&mut self, session: &mut Session, dataset: &String, named: &Named) -> Result<BTreeSet<String>> {
        let only = std::slice::from_ref(dataset);
        let mut fields: BTreeSet<String> = BTreeSet::new();
        let (into, out_of) = (session.columns_into(only).await?, session.columns_out_of(only).await?);
        self.note(&into, |row| &row.target);
        self.note(&out_of, |row| &row.source);
        fields.extend(into.into_iter().filter_map(|column| column.target_field));
        fields.extend(out_of.into_iter().filter_map(|column| column.source_field));
        let facets = session.declared_facets(only).await?;
        let schema = facets.iter().find(|row| row.facet == "schema").map(|row| row.body.as_str());
        fields.extend(schema.map(kinds).unwrap_or_default().into_keys());
        if let Some(guesses) = &mut self.guesses {
            fields.extend(guesses.fields(session, named).await?.into_keys());
        }
        Ok(fields)
    }

    async fn go(
        &mut self,
        session: &mut Session,
        begin: Vec<Key>,
        depth: usize,
        is_up: bool,
        seen: &mut BTreeSet<Key>,
    ) -> Result<()> {
        let mut level = begin;
        let mut visited: BTreeSet<Key> = level.iter().cloned().collect();
        for _ in 0..depth {
            self.load(session, &level, is_up).await?;
            let mut next = Vec::new();
            for key in &level {
                for (other, how) in self.neighbours(key, is_up) {
                    if !seen.contains(&other) && seen.len() >= MOST_FIELDS {
                        self.is_truncated = true;
                        continue;
                    }
                    let (target, source) =
                        if is_up { (key.clone(), other.clone()) } else { (other.clone(), key.clone()) };
                    let inputs = self.inputs.entry(target).or_default();
                    match inputs.iter_mut().find(|(known, _)| *known == source) {
                        Some((_, known)) => {
                            known.extend(how.into_iter().filter(|it| !known.contains(it)).collect::<Vec<_>>())
                        }
                        None => inputs.push((source, how)),
                    }
                    seen.insert(other.clone());
                    if visited.insert(other.clone()) {
                        next.push(other);
                    }
                }
            }
            if next.is_empty() {
                break;
            }
            level = next;
        }
        Ok(())
    }

    /// Reads what is known of these fields, if it was not read already.
    async fn load(&mut self, session: &mut Session, level: &[Key], is_up: bool) -> Result<()> {
        let missing: Vec<Key> =
            level.iter().filter(|key| self.asked.insert((is_up, (*key).clone()))).cloned().collect();
        let rows = if is_up {
            session.columns_into_fields(&missing).await?
        } else {
            session.columns_out_of_fields(&missing).await?
        };
        let known = if is_up { &mut self.into } else { &mut self.out_of };
        let mut whole: HashMap<String, Vec<ColumnRow>> = HashMap::new();
        for row in rows {
            let (id, field) = if is_up { (&row.target, &row.target_field) } else { (&row.source, &row.source_field) };
            match field {
                Some(field) => known.entry((id.clone(), field.clone())).or_default().push(row),
                // It came with each field of the dataset that was asked for.
                None => {
                    let rows = whole.entry(id.clone()).or_default();
                    if !rows.contains(&row) {
                        rows.push(row);
                    }
                }
            }
        }
        for key in &missing {
            let rows = known.entry(key.clone()).or_default();
            rows.extend(whole.get(&key.0).into_iter().flatten().cloned());
            self.is_truncated |= rows.len() >= MOST_FLOWS;
        }
        let datasets: BTreeSet<String> = missing.into_iter().map(|(id, _)| id).collect();
        let datasets: Vec<String> =
            datasets.into_iter().filter(|id| self.guessed.insert((is_up, id.clone()))).collect();
        self.guess(session, &datasets, is_up).await
    }

    /// Adds what may be, for fields of which nobody says what they are made of.
    async fn guess(&mut self, session: &mut Session, datasets: &[String], is_up: bool) -> Result<()> {
        let Some(guesses) = &mut self.guesses else { return Ok(()) };
        let unnamed: Vec<String> = datasets.iter().filter(|id| !self.names.contains_key(*id)).cloned().collect();
        for row in session.declared_nodes(&unnamed).await? {
            if let Entity::Dataset(named) = row.entity {
                self.names.insert(row.id, named);
            }
        }
        let mut guessed = Vec::new();
        for id in datasets {
            let Some(named) = self.names.get(id).cloned() else { continue };
            for guess in guesses.around(session, &named, is_up).await? {
                let ids = [&guess.source, &guess.target].map(|it| id_of(&Entity::Dataset(it.clone())));
                guessed.push((ids, guess));
            }
        }
        self.is_truncated |= guesses.is_truncated;
        let targets: BTreeSet<Key> =
            guessed.iter().map(|([_, target], guess)| (target.clone(), guess.field.clone())).collect();
        let told = session.columns_into_fields(&targets.into_iter().collect::<Vec<_>>()).await?;
        let told: BTreeSet<Key> = told.into_iter().filter_map(|row| Some((row.target, row.target_field?))).collect();
        let known = if is_up { &mut self.into } else { &mut self.out_of };
        for ([source, target], guess) in guessed {
            if told.contains(&(target.clone(), guess.field.clone())) {
                continue;
            }
            self.names.insert(source.clone(), guess.source);
            self.names.insert(target.clone(), guess.target);
            let key = (if is_up { target.clone() } else { source.clone() }, guess.field.clone());
            known.entry(key).or_default().push(ColumnRow {
                source,
                source_field: Some(guess.field.clone()),
                target,
                target_field: Some(guess.field),
                told_by: String::new(),
                how: vec![guess.how],
                last_seen: 0,
            });
        }
        Ok(())
    }

    /// Of a dataset as many rows are read as a walk can take. Where there were so many, there may be more.
    fn note<'r>(&mut self, rows: &'r [ColumnRow], of: impl Fn(&'r ColumnRow) -> &'r String) {
        let mut counts: HashMap<&String, usize> = HashMap::new();
        for row in rows {
            *counts.entry(of(row)).or_default() += 1;
        }
        self.is_truncated |= counts.values().any(|count| *count >= MOST_FLOWS);
    }

    /// The fields one step away. What affects a dataset as a whole affects each of its fields.
    fn neighbours(&self, key: &Key, is_up: bool) -> Vec<(Key, Vec<Transformation>)> {
        let rows = if is_up { &self.into } else { &self.out_of };
        let found = rows.get(key).into_iter().flatten().filter_map(|row| {
            let (of, field) = if is_up { (&row.source, &row.source_field) } else { (&row.target, &row.target_field) };
            Some(((of.clone(), field.clone()?), row.how.clone()))
        });
        found.collect()
    }

    async fn told(mut self, session: &mut Session, seen: BTreeSet<Key>) -> Result<FieldGraph> {
        let ids: Vec<String> = seen.iter().map(|(id, _)| id.clone()).collect::<BTreeSet<_>>().into_iter().collect();
        for row in session.declared_nodes(&ids).await? {
            // A job may stand where a field comes from; it has none itself.
            if let Entity::Dataset(named) = row.entity {
                self.names.insert(row.id, named);
            }
        }
        let mut schemas: HashMap<String, Fields> = HashMap::new();
        for row in session.declared_facets(&ids).await?.into_iter().filter(|row| row.facet == "schema") {
            schemas.insert(row.node, kinds(&row.body));
        }
        if let Some(guesses) = &mut self.guesses {
            for id in ids.iter().filter(|id| !schemas.contains_key(*id)).collect::<Vec<_>>() {
                let Some(named) = self.names.get(id) else { continue };
                schemas.insert(id.clone(), guesses.fields(session, named).await?);
            }
        }
        let field = |(id, field): &Key| Some(FieldRef { dataset: self.names.get(id)?.clone(), field: field.clone() });
        let mut told: BTreeMap<FieldRef, FieldNode> = BTreeMap::new();
        for key in &seen {
            let Some(of) = field(key) else { continue };
            let kind = schemas.get(&key.0).and_then(|kinds| kinds.get(&key.1)).cloned();
            let inputs = self.inputs.get(key).into_iter().flatten();
            let mut inputs: Vec<_> = inputs.filter_map(|(from, how)| Some((field(from)?, how.clone()))).collect();
            inputs.sort_by(|(one, _), (other, _)| one.cmp(other));
            for (from, _) in &inputs {
                told.entry(from.clone()).or_default().outputs.insert(of.clone());
            }
            let node = told.entry(of).or_default();
            node.kind = kind;
            node.inputs = inputs.into_iter().map(|(of, how)| FieldInput { of, how }).collect();
        }
        Ok(FieldGraph { fields: told, is_truncated: self.is_truncated })
    }
}

/// The types of the fields that a facet `schema` tells of, those within others as `a.b`.
fn kinds(schema: &str) -> Fields {
    fn add(fields: &serde_json::Value, above: &str, found: &mut Fields) {
        for field in fields.as_array().into_iter().flatten() {
            let Some(name) = field["name"].as_str() else { continue };
            let path = if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") };
            add(&field["fields"], &path, found);
            found.insert(path, field["type"].as_str().unwrap_or_default().to_owned());
        }
    }
    let mut found = Fields::new();
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap_or_default();
    add(&schema["fields"], "", &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_within_fields_have_a_path() {
        let schema =
            r#"{"fields": [{"name": "a", "type": "struct", "fields": [{"name": "b", "type": "int"}]}, {"x": 1}]}"#;
        let expected = [("a", "struct"), ("a.b", "int")].map(|(name, kind)| (name.to_owned(), kind.to_owned()));
        assert_eq!(kinds(schema), BTreeMap::from(expected));
        assert!(kinds("[").is_empty());
    }
}
