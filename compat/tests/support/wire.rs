//! How is a Protobuf payload written by hand?

/// A message that is being written.
#[derive(Clone, Default)]
pub(crate) struct Wire(Vec<u8>);

impl Wire {
    fn varint(mut self, mut number: u64) -> Self {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
        self
    }

    fn tag(self, number: u32, wire: u32) -> Self {
        self.varint(u64::from(number << 3 | wire))
    }

    pub(crate) fn int(self, number: u32, value: i64) -> Self {
        self.tag(number, 0).varint(value as u64)
    }

    pub(crate) fn double(self, number: u32, value: f64) -> Self {
        let mut wire = self.tag(number, 1);
        wire.0.extend(value.to_le_bytes());
        wire
    }

    pub(crate) fn bytes(self, number: u32, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref();
        let mut wire = self.tag(number, 2).varint(value.len() as u64);
        wire.0.extend(value);
        wire
    }

    pub(crate) fn message(self, number: u32, value: Self) -> Self {
        self.bytes(number, value.0)
    }

    /// As it stands in a record, behind the schema's id: the first message of its file.
    pub(crate) fn payload(&self) -> Vec<u8> {
        [&[0], &*self.0].concat()
    }
}
