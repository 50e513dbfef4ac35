//! Which files of the stewards' UI are there to be built in? Those that `npm run build` left in clients/ui/dist, which is
//! not run from here: without them the server is built all the same, and says so where the UI would be.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients/ui/dist");
    // The folder is there in any case, so that nothing is built again as long as nothing in it changes.
    println!("cargo:rerun-if-changed={}", dist.display());
    let app = dist.join("app");
    let mut files = Vec::new();
    if app.join("index.html").is_file() {
        collect(&app, &mut files)?;
    }
    files.sort();
    let mut table = String::from("&[\n");
    for file in files.iter().filter(|file| file.extension().is_none_or(|ending| ending != "br")) {
        write_entry(&mut table, &app, file)?;
    }
    table.push(']');
    let out = env::var_os("OUT_DIR").map(PathBuf::from).ok_or(io::ErrorKind::NotFound)?;
    fs::write(out.join("ui_files.rs"), table)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// One `Asset` of `server/src/http/ui.rs`; beside a file may lie its Brotli copy.
fn write_entry(table: &mut String, app: &Path, file: &Path) -> io::Result<()> {
    let name = file.strip_prefix(app).map_err(io::Error::other)?.display().to_string().replace('\\', "/");
    let mut hasher = DefaultHasher::new();
    fs::read(file)?.hash(&mut hasher);
    let packed = PathBuf::from(format!("{}.br", file.display()));
    let packed = if packed.is_file() { format!("Some(include_bytes!({packed:?}))") } else { "None".to_owned() };
    let tag = format!("\"{:016x}\"", hasher.finish());
    writeln!(table, "Asset {{ path: {name:?}, plain: include_bytes!({file:?}), packed: {packed}, tag: {tag:?} }},")
        .map_err(io::Error::other)
}
