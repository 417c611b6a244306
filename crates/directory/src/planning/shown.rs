//! Fields and settings in words: ids become names.

use std::collections::BTreeMap;

use platform::{Hub, Result, id::OrganizationId};

use crate::{
    plan::{Field, Setting, words},
    sites,
};

/// The names of licences and session types by their ids; those of session types by `site/id` too, because sites can
/// name one id differently.
pub(super) async fn names(hub: &Hub, organization: OrganizationId) -> Result<BTreeMap<String, String>> {
    let catalog = sites::catalog(hub, organization).await?;
    let mut names = BTreeMap::new();
    for (site, facts) in &catalog.sites {
        for kind in &facts.session_types {
            names.insert(format!("{site}/{}", kind.id), kind.short_name.clone());
            names.entry(kind.id.clone()).or_insert_with(|| kind.short_name.clone());
        }
    }
    names.extend(catalog.licences.iter().map(|licence| (licence.id.clone(), licence.shown())));
    Ok(names)
}

/// A field as people call it, licences by their names.
pub(super) fn titled(field: &Field, names: &BTreeMap<String, String>) -> String {
    match field {
        Field::Licence { id } => names.get(id).map_or_else(|| words(field), |name| format!("Licence {name}")),
        _ => words(field),
    }
}

/// A setting in words.
pub(super) fn shown(field: &Field, setting: &Setting, names: &BTreeMap<String, String>) -> String {
    let Setting::Set(ids) = setting else { return setting.to_string() };
    let name = |id: &String| {
        let here = field.site().and_then(|site| names.get(&format!("{site}/{id}")));
        here.or_else(|| names.get(id)).cloned().unwrap_or_else(|| id.clone())
    };
    ids.iter().map(name).collect::<Vec<_>>().join(", ")
}
