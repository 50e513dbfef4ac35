//! What do people change? Fields come and go and get other types, labels, names and numbers; oneofs form and dissolve;
//! symbols come and go; an imported file has another version.

use super::{Field, KEYS, Label, Message, Plan, Planner, Type};

impl Planner<'_> {
    /// The same file some time later: one to three changes.
    pub(crate) fn evolved(&mut self, plan: &Plan) -> Plan {
        let mut plan = plan.clone();
        for _ in 0..1 + self.random.below(3) {
            self.change(&mut plan);
        }
        plan
    }

    fn change(&mut self, plan: &mut Plan) {
        match self.random.below(24) {
            0 => plan.package = "store".into(),
            1 => plan.messages.push(Message { name: self.name("M"), ..Message::empty() }),
            2 => plan.messages.rotate_left(1),
            3 => self.remove_message(plan),
            4 => self.remove_nested(plan),
            5 | 6 => self.change_enum(plan),
            7 => self.change_syntax(plan),
            _ => {
                let (proto2, types) = (plan.proto2, plan.types());
                let mut messages = plan.all_messages();
                let chosen = self.random.below(messages.len());
                // A file that is imported must not refer back.
                let types = if messages[chosen].name.starts_with('C') { Vec::new() } else { types };
                self.change_message(messages[chosen], proto2, &types);
            }
        }
    }

    fn remove_message(&mut self, plan: &mut Plan) {
        if plan.messages.len() > 1 {
            let removed = plan.messages.remove(self.random.below(plan.messages.len()));
            plan.forget(&removed.name);
        }
    }

    fn remove_nested(&mut self, plan: &mut Plan) {
        let chosen = self.random.below(plan.messages.len());
        if let Some(removed) = plan.messages[chosen].nested.pop() {
            let name = format!("{}.{}", plan.messages[chosen].name, removed.name);
            plan.forget(&name);
        }
    }

    fn change_enum(&mut self, plan: &mut Plan) {
        let chosen = self.random.below(plan.enums.len());
        let symbols = &mut plan.enums[chosen].symbols;
        let last = symbols.len() - 1;
        match self.random.below(4) {
            0 => symbols.push((self.name("S"), 10 + last as i32)),
            1 if last > 0 => drop(symbols.pop()),
            2 => symbols[last].0 = self.name("S"),
            _ if last > 0 => symbols[last].1 = 50,
            _ => {}
        }
    }

    /// From one syntax to the other, where the file has nothing that only proto2 knows.
    fn change_syntax(&mut self, plan: &mut Plan) {
        let only_proto2 = |field: &Field| {
            field.label == Label::Required || field.default.is_some() || matches!(field.of, Type::Group(_))
        };
        let any = |message: &Message| !message.extensions.is_empty() || message.fields.iter().any(only_proto2);
        let nested = plan.messages.iter().flat_map(|message| &message.nested);
        if !plan.messages.iter().chain(&plan.common).chain(nested).any(any) {
            plan.proto2 = !plan.proto2;
        }
    }

    fn change_message(&mut self, message: &mut Message, proto2: bool, types: &[String]) {
        let used = message.fields.iter().map(|field| field.number).chain(message.reserved.iter().copied());
        let unused = 1 + used.max().unwrap_or(40);
        if self.one_in(5) || message.fields.is_empty() {
            let field = self.field(unused, proto2, types);
            return message.fields.push(field);
        }
        if self.one_in(6)
            && let Some(extension) = message.extensions.first_mut()
            && let Type::Scalar(scalar) = &mut extension.of
        {
            *scalar = self.other(scalar);
            return;
        }
        let chosen = self.random.below(message.fields.len());
        let oneof = message.fields.iter().find_map(|field| field.oneof.clone());
        let field = &mut message.fields[chosen];
        match self.random.below(10) {
            0 | 1 => {
                let removed = message.fields.remove(chosen);
                if self.one_in(2) {
                    message.reserved.push(removed.number);
                }
            }
            2..5 => self.change_type(field, types),
            5 if field.oneof.is_none() && !matches!(field.of, Type::Map(..)) => {
                field.default = None;
                field.label = match self.random.below(4) {
                    0 => Label::Optional,
                    1 => Label::None,
                    2 if proto2 && field.of.is_scalar() => Label::Required,
                    _ => Label::Repeated,
                };
            }
            6 if matches!(field.label, Label::None | Label::Optional) && !matches!(field.of, Type::Map(..)) => {
                // Into a oneof of its own or an existing one, or out of the one that it is in.
                field.default = None;
                field.label = Label::None;
                field.oneof = match (&field.oneof, oneof) {
                    (Some(_), _) => None,
                    (None, Some(existing)) if self.one_in(2) => Some(existing),
                    (None, _) => Some(self.name("o")),
                };
            }
            7 => field.name = self.name(if matches!(field.of, Type::Group(_)) { "G" } else { "f" }),
            8 => field.number = unused,
            _ => {
                // A new choice.
                if let Some(existing) = oneof {
                    let of = self.scalar();
                    let name = self.name("f");
                    message.fields.push(Field {
                        name,
                        number: unused,
                        label: Label::None,
                        of,
                        oneof: Some(existing),
                        default: None,
                    });
                }
            }
        }
    }

    fn change_type(&mut self, field: &mut Field, types: &[String]) {
        match &mut field.of {
            Type::Scalar(scalar) => {
                field.default = None;
                *scalar = self.other(scalar);
            }
            Type::Map(_, of) if of.is_scalar() => **of = self.scalar(),
            Type::Map(key, _) => *key = KEYS[self.random.below(KEYS.len())],
            Type::Named(of) if !types.is_empty() => *of = types[self.random.below(types.len())].clone(),
            Type::Group(fields) => {
                if let Some(Type::Scalar(scalar)) = fields.first_mut().map(|field| &mut field.of) {
                    *scalar = self.other(scalar);
                }
            }
            Type::Named(_) => {}
        }
    }
}

impl Plan {
    /// All that a field of the file may refer to.
    pub(super) fn types(&self) -> Vec<String> {
        let mut types: Vec<String> = self.enums.iter().map(|declared| declared.name.clone()).collect();
        types.extend(self.common.iter().map(|message| format!("common.{}", message.name)));
        for message in &self.messages {
            types.push(message.name.clone());
            types.extend(message.nested.iter().map(|nested| format!("{}.{}", message.name, nested.name)));
        }
        types
    }

    fn all_messages(&mut self) -> Vec<&mut Message> {
        let mut all: Vec<&mut Message> = self.common.iter_mut().collect();
        for message in &mut self.messages {
            // A message can't be lent along with what is inside it, so it is one or the other.
            if message.nested.is_empty() || message.fields.len() % 2 == 0 {
                all.push(message);
            } else {
                all.extend(message.nested.iter_mut());
            }
        }
        all
    }

    /// Drops every field that refers to a type that is gone.
    fn forget(&mut self, name: &str) {
        for message in &mut self.messages {
            message.fields.retain(|field| !field.of.names(name));
            message.extensions.retain(|field| !field.of.names(name));
            for nested in &mut message.nested {
                nested.fields.retain(|field| !field.of.names(name));
            }
        }
    }
}
