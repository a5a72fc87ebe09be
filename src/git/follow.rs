//! Where a file came from (placeholder)

use super::objects::Objects;
use crate::error::Result;
use git2::Oid;

pub(super) fn origin(
    _objects: &Objects<'_>,
    _parent_tree: Oid,
    _tree: Oid,
    _path: &str,
) -> Result<Option<String>> {
    Ok(None)
}
