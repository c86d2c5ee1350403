//! The files in `built/`, which are part of the program.

/// The media type of pages.
pub(crate) const HTML: &str = "text/html; charset=utf-8";
/// The media type of stylesheets.
pub(crate) const CSS: &str = "text/css; charset=utf-8";
/// The ending of a page's name. Pages are no assets.
const PAGE: &str = ".html";
/// The ending of a file that holds another one, compressed by Brotli.
const COMPRESSED: &str = ".br";
/// The languages that were built, with the asset of each.
pub(crate) const LANGUAGES: &str = "languages.json";
/// What the name of the stylesheet of all pages begins with.
const SHARED_STYLE: &str = "style-";

/// Every file by its name, in the order of the names.
static BUILT: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/built.rs"));

/// An asset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct File {
    pub(crate) media_type: &'static str,
    /// Its bytes.
    pub(crate) plain: &'static [u8],
    /// The same, compressed by Brotli.
    pub(crate) compressed: Option<&'static [u8]>,
}

/// The bytes of a file.
pub(crate) fn bytes(name: &str) -> Option<&'static [u8]> {
    let at = BUILT.binary_search_by(|(other, _)| (*other).cmp(name)).ok()?;
    Some(BUILT[at].1)
}

/// The text of a page.
pub(crate) fn page(name: &str) -> Option<&'static str> {
    let text = bytes(name).filter(|_| name.ends_with(PAGE))?;
    std::str::from_utf8(text).ok()
}

/// An asset by its name.
pub(crate) fn asset(name: &str) -> Option<File> {
    if name == LANGUAGES {
        return None;
    }
    Some(File { media_type: media_type(name)?, plain: bytes(name)?, compressed: bytes(&format!("{name}{COMPRESSED}")) })
}

/// The names of all assets.
#[cfg(test)]
pub(crate) fn assets() -> impl Iterator<Item = &'static str> {
    BUILT.iter().map(|(name, _)| *name).filter(|name| asset(name).is_some())
}

/// The name of the stylesheet of all pages.
pub(crate) fn shared_stylesheet() -> Option<&'static str> {
    let mut names = BUILT.iter().map(|(name, _)| *name);
    names.find(|name| name.starts_with(SHARED_STYLE) && name.ends_with(".css"))
}

/// The path at which an asset is served.
pub(crate) fn address(name: &str) -> String {
    format!("/assets/{name}")
}

/// The media type of an asset; `None` for the files that are none.
fn media_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some(CSS),
        "json" => Some("application/json"),
        "svg" => Some("image/svg+xml"),
        "png" => Some("image/png"),
        _ => None,
    }
}
