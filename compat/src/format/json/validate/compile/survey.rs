//! What follows from all nodes together? Which branch is left for which kind of value, and whether nodes ask one
//! another about the same value for ever.

use super::super::program::{ANY, Choice, Id, Kinds, Logic, NEVER, NOTHING, Node, SEVERAL, Shape, Tables};
use super::{Compiled, Compiler};

/// How deep to look for the kinds that a node lets in.
const LOOK: u32 = 6;

/// How many nodes may ask of the same value, one because of the other.
const MAX_LONGEST: u32 = 64;

impl Compiler<'_> {
    pub(super) fn finish(mut self, root: Id) -> Compiled {
        self.choose_by_kind();
        let longest = self.longest();
        match longest {
            None => self.unfit("a schema that refers to itself for the same value"),
            Some(longest) if longest > MAX_LONGEST => {
                self.unfit("very many references and alternatives in one another")
            }
            Some(_) => {}
        }
        Compiled {
            root,
            unfit: self.unfit,
            slow: self.slow,
            may_be_undecided: self.may_be_undecided,
            longest: longest.unwrap_or(MAX_LONGEST),
            tables: Tables {
                nodes: self.nodes.into(),
                texts: self.texts.into(),
                numbers: self.numbers.into(),
                values: self.values.into(),
                objects: self.objects.into(),
                arrays: self.arrays.into(),
                logics: self.logics.into(),
                spelled_integers: self.draft == super::Draft::Draft4,
            },
        }
    }

    fn choose_by_kind(&mut self) {
        let mut logics = std::mem::take(&mut self.logics);
        for at in 0..logics.len() {
            let tables: Vec<[Id; 7]> = logics[at].choices.iter().map(|choice| self.by_kind(choice, &logics)).collect();
            for (choice, by_kind) in logics[at].choices.iter_mut().zip(tables) {
                choice.by_kind = by_kind;
            }
        }
        self.logics = logics;
    }

    fn by_kind(&self, choice: &Choice, logics: &[Logic]) -> [Id; 7] {
        let kinds: Vec<Kinds> = choice.branches.iter().map(|branch| self.lets_in(*branch, logics, LOOK)).collect();
        std::array::from_fn(|bit| {
            let kind = Kinds(1 << bit);
            let mut fitting = choice.branches.iter().zip(&kinds).filter(|(_, kinds)| kinds.meets(kind));
            match (fitting.next(), fitting.next()) {
                (None, _) => NEVER,
                (Some((branch, _)), None) => *branch,
                _ => SEVERAL,
            }
        })
    }

    /// The kinds of values that can pass a node; perhaps too many, never too few.
    fn lets_in(&self, id: Id, logics: &[Logic], look: u32) -> Kinds {
        let Some(node) = self.nodes.get(id as usize) else { return Kinds::ALL };
        let Some(logic) = logics.get(node.logic as usize).filter(|_| look > 0) else { return node.kinds };
        let all = logic.all.iter().map(|id| self.lets_in(*id, logics, look - 1));
        let choices = logic.choices.iter().map(|choice| {
            choice.branches.iter().fold(Kinds::NONE, |kinds, id| kinds.or(self.lets_in(*id, logics, look - 1)))
        });
        all.chain(choices).fold(node.kinds, Kinds::and)
    }

    /// The longest chain of nodes that ask of the same value; `None` if there is one without end.
    fn longest(&self) -> Option<u32> {
        let asked: Vec<Vec<Id>> = self.nodes.iter().map(|node| self.asked(node)).collect();
        let mut waiting = vec![0u32; asked.len()];
        for id in asked.iter().flatten() {
            *waiting.get_mut(*id as usize)? += 1;
        }
        let mut ready: Vec<usize> = (0..asked.len()).filter(|id| waiting[*id] == 0).collect();
        let mut lengths = vec![0u32; asked.len()];
        let mut done = 0;
        while let Some(id) = ready.pop() {
            done += 1;
            for next in asked[id].iter().map(|next| *next as usize) {
                lengths[next] = lengths[next].max(lengths[id] + 1);
                waiting[next] -= 1;
                if waiting[next] == 0 {
                    ready.push(next);
                }
            }
        }
        (done == asked.len()).then(|| lengths.into_iter().max().unwrap_or(0))
    }

    /// The nodes that a node asks about its own value.
    fn asked(&self, node: &Node) -> Vec<Id> {
        let dependents = self.objects.get(node.object as usize).map(Shape::whole_nodes).into_iter().flatten();
        let logic = self.logics.get(node.logic as usize).map(Logic::nodes).unwrap_or_default();
        logic.into_iter().chain(dependents).filter(|id| *id != ANY && *id != NEVER).collect()
    }
}

impl Logic {
    fn nodes(&self) -> Vec<Id> {
        let branches = self.choices.iter().flat_map(|choice| choice.branches.iter());
        let condition = self.condition.iter().flat_map(|one| [&one.premise, &one.then, &one.otherwise]);
        self.all.iter().chain(branches).chain(&self.not).chain(condition).copied().collect()
    }
}

impl Shape {
    fn whole_nodes(&self) -> Vec<Id> {
        self.dependents.iter().map(|dependent| dependent.node).collect()
    }
}

impl Node {
    /// Whether it asks nothing, as far as it is by itself.
    pub(super) fn is_any(&self) -> bool {
        let tables = self.text & self.number & self.values;
        self.kinds == Kinds::ALL && tables == NOTHING && self.object == 0 && self.array == 0
    }
}
