//! Makes the table of the files in `built/`, which `web/build.mjs` writes.

use std::fmt::Write;
use std::path::Path;
use std::{fs, io};

/// The folder of the files, beside this one.
const BUILT: &str = "built";
/// The files without which there are no pages.
const REQUIRED: [&str; 5] = ["languages.json", "reset.html", "password.html", "security-info.html", "admin.html"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={BUILT}");
    let mut names = Vec::new();
    for entry in fs::read_dir(BUILT)? {
        let name = entry?.file_name();
        names.push(name.to_str().ok_or_else(|| lacking("a name in UTF-8"))?.to_owned());
    }
    // The table is searched by halves.
    names.sort_unstable();
    if let Some(missing) = REQUIRED.iter().find(|required| !names.iter().any(|name| name == *required)) {
        return Err(lacking(missing));
    }
    let mut table = String::from("&[\n");
    for name in &names {
        // The compiler finds the folder: a checkout that was moved, or that shares its target folder, has another place.
        let file = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{BUILT}/\", {name:?})");
        // Writing to a String cannot fail.
        let _ = writeln!(table, "    ({name:?}, include_bytes!({file})),");
    }
    table.push(']');
    #[expect(clippy::disallowed_methods, reason = "Cargo tells a build script in this way where to write")]
    let out = std::env::var_os("OUT_DIR").ok_or_else(|| lacking("OUT_DIR"))?;
    fs::write(Path::new(&out).join("built.rs"), table)
}

fn lacking(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("functions/pages/built lacks {what}: run `npm run build` in web"))
}
