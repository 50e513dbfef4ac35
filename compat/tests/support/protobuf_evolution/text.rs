//! How is a planned file written?

use std::fmt::Write;

use super::{COMMON, EXTENSIONS, Field, Label, Message, Plan, Type};

impl Plan {
    fn head(&self, package: &str) -> String {
        format!("syntax = \"{}\";\npackage {package};\n", if self.proto2 { "proto2" } else { "proto3" })
    }

    pub(crate) fn common_text(&self) -> String {
        let mut text = self.head("common");
        for message in &self.common {
            self.message(message, &mut text);
        }
        text
    }

    pub(crate) fn text(&self) -> String {
        let mut text = self.head(&self.package);
        let _ = writeln!(text, "import \"{COMMON}\";");
        for message in &self.messages {
            self.message(message, &mut text);
        }
        for declared in &self.enums {
            let symbols = declared.symbols.iter().map(|(name, number)| format!("{name} = {number};"));
            let _ = writeln!(text, "enum {} {{ {} }}", declared.name, symbols.collect::<String>());
        }
        for message in self.messages.iter().filter(|message| !message.extensions.is_empty()) {
            let _ = writeln!(text, "extend {} {{", message.name);
            message.extensions.iter().for_each(|field| self.field(field, &mut text));
            text.push_str("}\n");
        }
        text
    }

    fn message(&self, message: &Message, text: &mut String) {
        let _ = writeln!(text, "message {} {{", message.name);
        for number in &message.reserved {
            let _ = writeln!(text, "reserved {number};");
        }
        if !message.extensions.is_empty() {
            let _ = writeln!(text, "extensions {EXTENSIONS} to max;");
        }
        let mut oneofs: Vec<&str> = Vec::new();
        for field in &message.fields {
            match field.oneof.as_deref() {
                None => self.field(field, text),
                Some(oneof) if oneofs.contains(&oneof) => {}
                Some(oneof) => {
                    oneofs.push(oneof);
                    let _ = writeln!(text, "oneof {oneof} {{");
                    let members = message.fields.iter().filter(|field| field.oneof.as_deref() == Some(oneof));
                    members.for_each(|field| self.field(field, text));
                    text.push_str("}\n");
                }
            }
        }
        message.nested.iter().for_each(|nested| self.message(nested, text));
        text.push_str("}\n");
    }

    fn field(&self, field: &Field, text: &mut String) {
        let label = match field.label {
            _ if field.oneof.is_some() || matches!(field.of, Type::Map(..)) => "",
            Label::Repeated => "repeated ",
            Label::Required => "required ",
            Label::Optional => "optional ",
            Label::None if self.proto2 => "optional ",
            Label::None => "",
        };
        if let Type::Group(fields) = &field.of {
            let _ = writeln!(text, "{label}group {} = {} {{", field.name.to_uppercase(), field.number);
            fields.iter().for_each(|field| self.field(field, text));
            return text.push_str("}\n");
        }
        let default = field.default.filter(|_| self.proto2).map(|default| format!(" [default = {default}]"));
        let (of, name, number) = (self.type_name(&field.of), &field.name, field.number);
        let _ = writeln!(text, "{label}{of} {name} = {number}{};", default.unwrap_or_default());
    }

    fn type_name(&self, of: &Type) -> String {
        match of {
            Type::Scalar(scalar) => (*scalar).to_owned(),
            Type::Named(name) if name.starts_with("common.") => format!(".{name}"),
            Type::Named(name) => format!(".{}.{name}", self.package),
            Type::Map(key, of) => format!("map<{key}, {}>", self.type_name(of)),
            Type::Group(_) => String::new(),
        }
    }
}
