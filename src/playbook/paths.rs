//! Paths: orders in which products are adopted that have kept customers.

use super::canonical::{literal, product_names};
use super::condition::Decimal;
use super::load::Loader;
use super::problem::quoted;
use super::reader::Entry;
use super::{Playbook, ProductIndex};

/// Most paths.
pub(super) const PATHS_MAX: usize = 1000;

#[derive(Debug)]
pub struct Path {
    pub id: String,
    /// In the order of adoption.
    pub products: Vec<ProductIndex>,
    /// The share of accounts that were kept after twelve months, 0 to 1.
    pub retention: Option<Decimal>,
}

impl<'n> Loader<'n> {
    pub(super) fn path(&mut self, _index: usize, entry: Entry<'n>) -> Option<Path> {
        let what = format!("path {}", quoted(entry.key));
        self.subject_id(entry, "a path's id");
        let fields = self.reader.fields(entry.value, &what, entry.key_position, &["products", "retention"])?;
        let products = self.reader.required(&fields, "products").and_then(|node| self.product_list(node, &what));
        let retention = fields.get("retention");
        let retention = retention.and_then(|node| self.reader.share(node, &format!("`retention` of {what}")));
        Some(Path { id: entry.key.to_owned(), products: products?, retention })
    }
}

/// Adds a path's line of the canonical form.
pub(super) fn path_line(lines: &mut Vec<String>, path: &Path, playbook: &Playbook) {
    let retention = path.retention.map(|retention| format!(" retention {retention}")).unwrap_or_default();
    lines.push(format!("path {} products{}{retention}", literal(&path.id), product_names(&path.products, playbook)));
}
