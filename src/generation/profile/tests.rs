use super::*;

#[test]
fn only_numbered_links_of_this_profile_are_generations() {
    for (file, profile, expected) in [
        ("system-12-link", "system", Some(12)),
        ("system-007-link", "system", Some(7)),
        ("system-0-link", "system", Some(0)),
        ("my-test-1-link-3-link", "my-test-1-link", Some(3)),
        ("system-18446744073709551615-link", "system", Some(u64::MAX)),
        ("system-18446744073709551616-link", "system", None),
        ("system-93-link.tmp-1-2", "system", None),
        ("system-backup-link", "system", None),
        ("system--link", "system", None),
        ("system-+1-link", "system", None),
        ("system-1 -link", "system", None),
        ("system-\u{663}-link", "system", None),
        ("system-1-link", "my-system", None),
        ("my-system-1-link", "system", None),
        ("system", "system", None),
    ] {
        assert_eq!(number(file, profile), expected, "{file} of {profile}");
    }
}

#[test]
fn a_profile_stands_on_a_generation_beside_it_or_on_a_path() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().canonicalize().unwrap();
    std::fs::create_dir(folder.join("other")).unwrap();
    std::os::unix::fs::symlink(&folder, folder.join("again")).unwrap();
    let inside = |path: &str| folder.join(path).display().to_string();
    let path = |path: &str| Default::Path(PathBuf::from(path));
    for (target, expected) in [
        ("system-12-link", Default::Generation(12)),
        ("./system-12-link", Default::Generation(12)),
        (&inside("system-12-link"), Default::Generation(12)),
        // The same folder by another name.
        (&inside("again/system-12-link"), Default::Generation(12)),
        (&inside("other/system-12-link"), path(&inside("other/system-12-link"))),
        ("other/system-12-link", Default::Unknown),
        ("../system-12-link", Default::Unknown),
        ("/nowhere/system-12-link", path("/nowhere/system-12-link")),
        ("/nix/store/x-nixos-system-host", path("/nix/store/x-nixos-system-host")),
        ("my-system-12-link", Default::Unknown),
        ("system-x-link", Default::Unknown),
        ("..", Default::Unknown),
    ] {
        assert_eq!(default(Path::new(target), "system", &folder), expected, "{target}");
    }
}
