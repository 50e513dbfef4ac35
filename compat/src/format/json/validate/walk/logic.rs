//! Does a value pass what else its schema asks: all, one or none of several others?

use super::super::listen::{Listener, Stop, Trial};
use super::super::program::{ANY, Choice, Condition, Id, Kinds, Logic, NEVER, NOTHING, Node, SEVERAL};
use super::super::scan;
use super::{MAX_HOPS, Step, Walk};

impl<'w, L: Listener> Walk<'w, L> {
    /// A value whose node asks more than what is particular to its kind.
    pub(super) fn deep_value(&mut self, id: Id, at: usize, depth: u32) -> Step {
        let tables = self.tables;
        let node = tables.node(id);
        let logic = tables.logics.get(node.logic as usize);
        if let Some(logic) = logic.filter(|logic| logic.is_choice)
            && let [choice] = &*logic.choices
        {
            let branch = choice.branch(self.kind(at));
            // The usual optional value: one branch is left, and it is as if it stood here alone.
            if branch != SEVERAL && branch != NEVER {
                self.hop()?;
                let end = self.value(branch, at, depth)?;
                self.hops -= 1;
                return Ok(end);
            }
            return self.only_choice(choice, at, depth);
        }
        // Where the node asks nothing of its own, the first of the others leads past the value.
        let (end, others) = match logic.map(|logic| (logic.asks_kind_only, &*logic.all)) {
            Some((true, [first, others @ ..])) if node.kinds.meets(self.kind(at)) => {
                self.hop()?;
                let end = self.value(*first, at, depth)?;
                self.hops -= 1;
                (end, others)
            }
            all => (self.plain_value(node, at, depth)?, all.map(|(_, all)| all).unwrap_or_default()),
        };
        if node.values != NOTHING {
            self.check_container(node, at)?;
        }
        for node in others {
            self.also(*node, at, depth)?;
        }
        if let Some(logic) = logic {
            self.logic(logic, at, depth)?;
        }
        Ok(end)
    }

    fn logic(&mut self, logic: &'w Logic, at: usize, depth: u32) -> Result<(), Stop> {
        for choice in &logic.choices {
            self.choose(choice, at, depth)?;
        }
        for node in &logic.not {
            if self.attempt(*node, at, depth)?.is_some() {
                self.listener.violation(at, || "the value is such as 'not' forbids".into())?;
            }
        }
        match &logic.condition {
            Some(condition) => self.condition(condition, at, depth),
            None => Ok(()),
        }
    }

    fn condition(&mut self, condition: &Condition, at: usize, depth: u32) -> Result<(), Stop> {
        let holds = self.attempt(condition.premise, at, depth)?.is_some();
        match if holds { condition.then } else { condition.otherwise } {
            ANY => Ok(()),
            node => self.also(node, at, depth),
        }
    }

    /// A choice that is all there is to a node.
    fn only_choice(&mut self, choice: &'w Choice, at: usize, depth: u32) -> Step {
        if choice.exclusive {
            // The branches may each stop early; that the value is well-formed must be known before.
            let end = self.value(ANY, at, depth)?;
            self.choose(choice, at, depth)?;
            return Ok(end);
        }
        match self.first(choice, at, depth)? {
            Some(end) => Ok(end),
            None => {
                self.no_branch(choice, at, depth)?;
                self.value(ANY, at, depth)
            }
        }
    }

    /// A choice about a value that is known to be well-formed.
    fn choose(&mut self, choice: &'w Choice, at: usize, depth: u32) -> Result<(), Stop> {
        match choice.branch(self.kind(at)) {
            SEVERAL => {}
            NEVER => return self.no_branch(choice, at, depth),
            branch => return self.also(branch, at, depth),
        }
        if !choice.exclusive {
            return match self.first(choice, at, depth)? {
                Some(_) => Ok(()),
                None => self.no_branch(choice, at, depth),
            };
        }
        let mut passed = 0;
        for branch in &choice.branches {
            passed += usize::from(self.attempt(*branch, at, depth)?.is_some());
            if passed > 1 {
                let count = choice.branches.len();
                return self.listener.violation(at, || format!("the value fits more than one of {count} alternatives"));
            }
        }
        if passed == 1 { Ok(()) } else { self.no_branch(choice, at, depth) }
    }

    /// Past the value by the first branch that it passes.
    fn first(&mut self, choice: &Choice, at: usize, depth: u32) -> Result<Option<usize>, Stop> {
        for branch in &choice.branches {
            if let Some(end) = self.attempt(*branch, at, depth)? {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    #[cold]
    fn no_branch(&mut self, choice: &Choice, at: usize, _depth: u32) -> Result<(), Stop> {
        let count = choice.branches.len();
        self.listener.violation(at, || format!("the value fits none of {count} alternatives"))
    }

    /// The value must pass this node too.
    pub(super) fn also(&mut self, node: Id, at: usize, depth: u32) -> Result<(), Stop> {
        self.again(true)?;
        self.hop()?;
        self.value(node, at, depth)?;
        self.hops -= 1;
        Ok(())
    }

    /// Whether the value passes the node: the position behind it if it does. Nobody is told if it does not.
    pub(super) fn attempt(&mut self, node: Id, at: usize, depth: u32) -> Result<Option<usize>, Stop> {
        self.again(true)?;
        self.hop()?;
        let mut trial = Walk {
            tables: self.tables,
            payload: self.payload,
            bytes: self.bytes,
            listener: Trial,
            effort: self.effort,
            hops: self.hops,
        };
        let result = trial.value(node, at, depth);
        self.effort = trial.effort;
        self.hops -= 1;
        match result {
            Ok(end) => Ok(Some(end)),
            Err(Stop::Flawed) => Ok(None),
            Err(Stop::Undecided) => Err(Stop::Undecided),
        }
    }

    /// Counts that something is walked over again.
    pub(super) fn again(&mut self, is_again: bool) -> Result<(), Stop> {
        self.effort += usize::from(is_again);
        // About eight times over all of it, each step being worth a member or a few bytes.
        if self.effort > 1_000 + self.bytes.len() { Err(Stop::Undecided) } else { Ok(()) }
    }

    fn hop(&mut self) -> Result<(), Stop> {
        self.hops += 1;
        if self.hops > MAX_HOPS { Err(Stop::Undecided) } else { Ok(()) }
    }

    /// An array or an object whose whole content is prescribed.
    fn check_container(&mut self, node: &Node, at: usize) -> Result<(), Stop> {
        let tables = self.tables;
        let Some(values) = tables.values.get(node.values as usize) else { return Ok(()) };
        if !matches!(scan::byte(self.bytes, at), b'{' | b'[') || !node.kinds.meets(self.kind(at)) {
            return Ok(());
        }
        let value = self.canonical(at);
        if values.containers.iter().any(|listed| **listed == *value) { Ok(()) } else { self.not_listed(values, at) }
    }

    /// The kind of the value at `at`; none if there is no value.
    fn kind(&self, at: usize) -> Kinds {
        match scan::byte(self.bytes, at) {
            b'"' => Kinds::TEXT,
            b'{' => Kinds::OBJECT,
            b'[' => Kinds::ARRAY,
            b't' | b'f' => Kinds::BOOLEAN,
            b'n' => Kinds::NULL,
            _ => match scan::number(self.bytes, at) {
                Some(spelled) => self.kind_of_number(at, spelled),
                None => Kinds::NONE,
            },
        }
    }
}

impl Choice {
    /// The branch that is left for a kind of value.
    fn branch(&self, kind: Kinds) -> Id {
        self.by_kind.get(kind.0.trailing_zeros() as usize).copied().unwrap_or(NEVER)
    }
}
