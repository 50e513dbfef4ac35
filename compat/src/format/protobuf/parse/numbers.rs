//! Does every extension of a message have a number of its own? The linker does not look, and takes the value of one for
//! that of the other.

use std::collections::HashMap;

use prost_reflect::DescriptorPool;
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};

/// What each number of each extended message is taken by.
type Taken = HashMap<(String, i64), String>;

/// Two extensions with one number, seen before linking: among those of the file and those that it imports, as far as
/// the file says in full what it extends.
pub(super) fn shared(file: &FileDescriptorProto, pool: &DescriptorPool) -> Option<String> {
    let mut taken = Taken::new();
    shared_in_pool(pool, &mut taken).or_else(|| shared_among(&file.extension, &file.message_type, &mut taken))
}

/// Two extensions with one number among those that are linked.
pub(super) fn shared_when_linked(pool: &DescriptorPool) -> Option<String> {
    shared_in_pool(pool, &mut Taken::new())
}

fn shared_in_pool(pool: &DescriptorPool, taken: &mut Taken) -> Option<String> {
    pool.all_extensions().find_map(|extension| {
        let message = extension.containing_message();
        take(message.full_name(), i64::from(extension.number()), extension.name(), taken)
    })
}

fn shared_among(
    extensions: &[FieldDescriptorProto],
    messages: &[DescriptorProto],
    taken: &mut Taken,
) -> Option<String> {
    let own = extensions.iter().find_map(|extension| {
        let extended = extension.extendee().trim_start_matches('.');
        take(extended, i64::from(extension.number()), extension.name(), taken)
    });
    own.or_else(|| messages.iter().find_map(|message| shared_among(&message.extension, &message.nested_type, taken)))
}

fn take(extended: &str, number: i64, name: &str, taken: &mut Taken) -> Option<String> {
    let before = taken.insert((extended.to_owned(), number), name.to_owned())?;
    Some(format!("the extensions '{before}' and '{name}' of '{extended}' have the same number {number}"))
}
