//! The data folder: made when missing, private, and proven to take a file before anything relies on it.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write},
    path::Path,
};

use crate::Trouble;

/// Makes the data folder when it is missing and proves that it can be written.
pub fn prepare_data_dir(path: &Path) -> Result<(), Trouble> {
    if !path.exists() {
        make_private(path).map_err(|error| Trouble::with_file("make the data folder", path, &error))?;
    }
    let probe = path.join(format!(".write-test-{}", std::process::id()));
    let written = File::create(&probe).and_then(|mut file| {
        file.write_all(&[0; 4096])?;
        file.sync_all()
    });
    // The probe may not exist when it could not be made.
    let _ = fs::remove_file(&probe);
    written.map_err(|error| Trouble::with_file("write into the data folder", path, &error))
}

fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_private_and_left_empty() {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("a/b");
        prepare_data_dir(&data).unwrap();
        assert_eq!(fs::read_dir(&data).unwrap().count(), 0);
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&data).unwrap().permissions()) & 0o777,
            0o700
        );
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_explained() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        fs::write(&file, "").unwrap();
        let trouble = prepare_data_dir(&file.join("data")).unwrap_err();
        assert!(trouble.to_string().contains("data folder") && trouble.hint().is_some(), "{trouble}");
    }
}
