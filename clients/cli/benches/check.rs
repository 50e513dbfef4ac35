//! How long does a check of a thousand Avro files take, parsed and compared with a thousand others?

use std::ffi::OsString;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};

const FILES: usize = 1000;

/// A record with a few kinds of fields, and one more where it is the new version.
fn schema(number: usize, is_new: bool) -> String {
    let added = if is_new { r#",{"name":"added","type":["null","string"],"default":null}"# } else { "" };
    format!(
        r#"{{"type":"record","name":"R{number}","namespace":"shop","fields":[{{"name":"id","type":"long"}},
        {{"name":"at","type":{{"type":"long","logicalType":"timestamp-millis"}}}},
        {{"name":"lines","type":{{"type":"array","items":{{"type":"record","name":"L{number}","fields":[
        {{"name":"sku","type":"string"}},{{"name":"count","type":"int"}},{{"name":"price","type":"double"}}]}}}}}},
        {{"name":"state","type":{{"type":"enum","name":"S{number}","symbols":["OPEN","PAID","SENT"]}}}}{added}]}}"#
    )
}

fn write(folder: &Path, is_new: bool) {
    std::fs::create_dir_all(folder).expect("a folder");
    for number in 0..FILES {
        std::fs::write(folder.join(format!("r{number}.avsc")), schema(number, is_new)).expect("a file");
    }
}

fn check(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    write(&old, false);
    write(&new, true);
    let project = new.join("tidegate.yaml");
    std::fs::write(&project, "version: 1\nsubjects: [{ match: '{name}.avsc', subject: '{name}-value' }]\n")
        .expect("a file");
    let against = format!("dir:{}", old.display());
    let report = format!("json={}", folder.path().join("report.json").display());
    let project = project.display().to_string();
    let arguments = ["tidegate", "check", "-q", "--config", &project, "--against", &against, "--format", &report];
    criterion.bench_function("check of 1,000 changed Avro files", |bencher| {
        bencher.iter(|| {
            let code = tidegate_cli::run(black_box(arguments).iter().map(OsString::from));
            assert_eq!(code, 0);
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = check
}
criterion_main!(benches);
