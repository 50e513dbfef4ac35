//! What has to stay in memory? Options are checked when a schema is read and looked at again only when somebody asks for
//! them, but the files that declare them are larger than most schemas. So a schema keeps its files without those.

use prost_reflect::{DescriptorPool, FileDescriptor};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};

use super::super::tree::MAIN;

/// What nobody needs but for options.
pub(in super::super) const OPTIONS_ONLY: [&str; 3] =
    ["google/protobuf/descriptor.proto", "confluent/meta.proto", "buf/validate/validate.proto"];
/// The extensions of these are options.
const OPTIONS: [&str; 9] = [
    ".google.protobuf.FileOptions",
    ".google.protobuf.MessageOptions",
    ".google.protobuf.FieldOptions",
    ".google.protobuf.OneofOptions",
    ".google.protobuf.ExtensionRangeOptions",
    ".google.protobuf.EnumOptions",
    ".google.protobuf.EnumValueOptions",
    ".google.protobuf.ServiceOptions",
    ".google.protobuf.MethodOptions",
];

/// The file linked once more without custom options; `None` if that leaves nothing out, or if it needs them for more
/// than options.
pub(super) fn without_options(file: &FileDescriptor) -> Option<FileDescriptor> {
    let full = file.parent_pool();
    full.get_file_by_name(OPTIONS_ONLY[0])?;
    let mut slim = DescriptorPool::new();
    for file in full.files().filter(|file| !OPTIONS_ONLY.contains(&file.name())) {
        slim.add_file_descriptor_proto(reduced(file.file_descriptor_proto().clone())).ok()?;
    }
    slim.get_file_by_name(MAIN)
}

fn reduced(mut file: FileDescriptorProto) -> FileDescriptorProto {
    file.extension.retain(is_no_option);
    file.message_type.iter_mut().for_each(reduce);
    let mut kept = 0;
    let places: Vec<Option<i32>> = file
        .dependency
        .iter()
        .map(|name| {
            let is_kept = !OPTIONS_ONLY.contains(&name.as_str());
            let place = is_kept.then_some(kept);
            kept += i32::from(is_kept);
            place
        })
        .collect();
    let moved = |index: i32| *places.get(usize::try_from(index).ok()?)?;
    file.public_dependency = file.public_dependency.into_iter().filter_map(moved).collect();
    file.weak_dependency = file.weak_dependency.into_iter().filter_map(moved).collect();
    file.dependency.retain(|name| !OPTIONS_ONLY.contains(&name.as_str()));
    file
}

fn reduce(message: &mut DescriptorProto) {
    message.extension.retain(is_no_option);
    message.nested_type.iter_mut().for_each(reduce);
}

fn is_no_option(extension: &FieldDescriptorProto) -> bool {
    !OPTIONS.contains(&extension.extendee())
}
