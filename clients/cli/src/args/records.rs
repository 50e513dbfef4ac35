//! What can be said of records: where their bytes are, and under which schema they stand?

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum RecordCommand {
    /// Whether the bytes of a record, or records of a topic, obey their schema.
    #[command(
        after_help = "Records of a topic are read by the registry, through its proxy, and held against the latest version of \
        the subject and its rules. It takes the right to write that subject. No value of them is told, so that `record decode` \
        takes bytes alone."
    )]
    Validate(ValidateArgs),
    /// Print a record as JSON.
    #[command(
        after_help = "Values are printed as they are: masks of the registry's policies hold for what others see, and \
        not here. Avro is told as its specification encodes data in JSON, Protobuf as its own mapping has it; what the \
        schema does not know is left out. Bytes that can't be read are told on standard error, with the place.\n\n\
        A record of a topic comes from a client of Kafka, since the registry gives out no values: \
        `kcat -C -b BROKER -t orders -p 0 -o 17 -c 1 -e -f '%s' | tidegate record decode`"
    )]
    Decode(DecodeArgs),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    pub(crate) record: RecordArgs,
    /// Records of this topic, which the registry reads; the last 100, unless it is said.
    #[arg(long, value_name = "TOPIC",
        conflicts_with_all = ["file", "schema", "id", "framed", "message", "hex", "base64"])]
    pub(crate) topic: Option<String>,
    /// How many of the last, 1,000 at most.
    #[arg(long, value_name = "COUNT", requires = "topic", conflicts_with = "offset",
        value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) last: Option<u16>,
    /// The one at this place: 0:17 is offset 17 of partition 0.
    #[arg(long, value_name = "PARTITION:OFFSET", requires = "topic", value_parser = place)]
    pub(crate) offset: Option<(i32, i64)>,
    /// Their keys rather than their values.
    #[arg(long, requires = "topic")]
    pub(crate) key: bool,
    /// They don't begin with the name of a schema.
    #[arg(long, requires = "topic")]
    pub(crate) unframed: bool,
    /// The subject, if it is not called after the topic.
    #[arg(long, value_name = "SUBJECT", requires = "topic")]
    pub(crate) subject: Option<String>,
    /// The cluster, where the registry stands beside several.
    #[arg(long, value_name = "NAME", requires = "topic")]
    pub(crate) cluster: Option<String>,
}

fn place(text: &str) -> Result<(i32, i64), String> {
    let (partition, offset) = text.split_once(':').ok_or("a partition and an offset, such as 0:17")?;
    match (partition.parse(), offset.parse()) {
        (Ok(partition @ 0..), Ok(offset @ 0..)) => Ok((partition, offset)),
        _ => Err("partitions and offsets are counted from 0".to_owned()),
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct DecodeArgs {
    #[command(flatten)]
    pub(crate) record: RecordArgs,
    /// On one line.
    #[arg(long)]
    pub(crate) compact: bool,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// Where a record stands in Kafka. They are known so that who asks is told how it is done, and not what is unexpected.
#[derive(Debug, Clone, Args)]
pub(crate) struct PlaceArgs {
    #[arg(long, hide = true)]
    pub(crate) topic: Option<String>,
    #[arg(long, hide = true, requires = "topic")]
    pub(crate) partition: Option<i32>,
    #[arg(long, hide = true, requires = "topic", allow_hyphen_values = true)]
    pub(crate) offset: Option<String>,
    #[arg(long, hide = true, requires = "topic")]
    pub(crate) last: Option<u16>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct RecordArgs {
    /// The record; `-` for standard input.
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,
    /// A schema file. The record has no frame then, unless --framed is given.
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,
    /// A file that the schema file refers to. Repeatable; files of a project find each other by themselves.
    #[arg(long, value_name = "FILE", requires = "schema")]
    pub(crate) with: Vec<PathBuf>,
    /// The id of the schema in the registry, for a record without a frame.
    #[arg(long, value_name = "ID", conflicts_with_all = ["schema", "framed"])]
    pub(crate) id: Option<i32>,
    /// The record begins with a frame (five bytes with an id, or 17 with a GUID), which is passed over when a schema file
    /// is given.
    #[arg(long)]
    pub(crate) framed: bool,
    /// Which message of a Protobuf file a record without a frame is; the first one otherwise.
    #[arg(long, value_name = "NAME", conflicts_with = "framed")]
    pub(crate) message: Option<String>,
    /// The bytes are written as hex digits.
    #[arg(long)]
    pub(crate) hex: bool,
    /// The bytes are written in base64.
    #[arg(long, conflicts_with = "hex")]
    pub(crate) base64: bool,
}
