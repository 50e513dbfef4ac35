//! Which files may a schema import that nobody has to register? Those of Protobuf itself, of Google's common types, of
//! Confluent, and Buf's annotations. Only names, numbers and types: what these declare, without their prose.

use std::sync::OnceLock;

use prost_reflect::DescriptorPool;
use prost_types::FileDescriptorProto;

/// A file that is known to everyone, not linked yet.
pub(super) fn file(name: &str) -> Option<FileDescriptorProto> {
    if let Some((_, known)) = texts().iter().find(|(known, _)| *known == name) {
        return Some(known.clone());
    }
    if !name.starts_with("google/protobuf/") {
        return None;
    }
    Some(DescriptorPool::global().get_file_by_name(name)?.file_descriptor_proto().clone())
}

/// Our own texts of the others, parsed once.
fn texts() -> &'static [(&'static str, FileDescriptorProto)] {
    static FILES: OnceLock<Vec<(&str, FileDescriptorProto)>> = OnceLock::new();
    FILES.get_or_init(|| {
        let parsed = TEXTS.iter().filter_map(|(name, text)| Some((*name, protox_parse::parse(name, text).ok()?)));
        parsed.map(|(name, file)| (name, FileDescriptorProto { source_code_info: None, ..file })).collect()
    })
}

macro_rules! texts {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("wellknown/", $name)))),+]
    };
}

const TEXTS: &[(&str, &str)] = texts![
    "buf/validate/validate.proto",
    "confluent/meta.proto",
    "confluent/type/decimal.proto",
    "confluent/type/variant.proto",
    "google/type/calendar_period.proto",
    "google/type/color.proto",
    "google/type/date.proto",
    "google/type/datetime.proto",
    "google/type/dayofweek.proto",
    "google/type/decimal.proto",
    "google/type/expr.proto",
    "google/type/fraction.proto",
    "google/type/interval.proto",
    "google/type/latlng.proto",
    "google/type/localized_text.proto",
    "google/type/money.proto",
    "google/type/month.proto",
    "google/type/phone_number.proto",
    "google/type/postal_address.proto",
    "google/type/quaternion.proto",
    "google/type/timeofday.proto",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_file_is_a_file() {
        assert_eq!(texts().len(), TEXTS.len());
        for name in ["google/protobuf/timestamp.proto", "google/protobuf/descriptor.proto", "confluent/meta.proto"] {
            assert_eq!(file(name).unwrap().name(), name);
        }
        assert!(file("google/protobuf/none.proto").is_none());
        assert!(file("shop/order.proto").is_none());
    }
}
