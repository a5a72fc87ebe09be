use super::*;

#[test]
fn links_are_followed_so_far() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().canonicalize().unwrap();
    let link = |name: &str, target: &str| std::os::unix::fs::symlink(target, folder.join(name)).unwrap();
    std::fs::create_dir(folder.join("end")).unwrap();
    link("absolute", folder.join("end").to_str().unwrap());
    link("relative", "end");
    link("twice", "relative");
    link("detour", "end/../end");
    link("self", "self");
    link("nowhere", "/nowhere/../at/all");
    let followed = |name: &str| {
        let link = folder.join(name);
        let followed = Reader::new(Extent::Origin).follow(&link, &std::fs::read_link(&link).unwrap());
        let opened = followed.folder.map(|folder| folder.path().to_owned());
        assert!(opened.is_none_or(|opened| opened == followed.end), "{name}");
        (followed.end, followed.hops, followed.is_there)
    };
    let end = folder.join("end");
    assert_eq!(followed("absolute"), (end.clone(), 1, true));
    assert_eq!(followed("relative"), (end.clone(), 1, true));
    assert_eq!(followed("twice"), (end.clone(), 2, true));
    assert_eq!(followed("detour"), (end, 1, true));
    assert_eq!(followed("self"), (folder.join("self"), MOST_HOPS, false));
    assert_eq!(followed("nowhere"), (PathBuf::from("/nowhere/../at/all"), 1, false));
}

#[test]
fn what_a_link_leads_to_need_be_no_system() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().canonicalize().unwrap();
    let system = folder.join("a-nixos-system-host-25.11.20260407.d96b37b");
    std::fs::create_dir(&system).unwrap();
    std::fs::write(system.join("nixos-version"), "25.11").unwrap();
    // deploy-rs' folder of links, and one of a stranger.
    let [wrapper, strange, file] = ["wrapper", "strange", "file"].map(|name| folder.join(name));
    std::fs::create_dir(&wrapper).unwrap();
    std::os::unix::fs::symlink(system.join("nixos-version"), wrapper.join("nixos-version")).unwrap();
    std::fs::create_dir(&strange).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", strange.join("nixos-version")).unwrap();
    std::fs::write(&file, "a file").unwrap();
    let gone = folder.join("x-nixos-system-host-24.05.20240626.6ecb654");
    for (target, toplevel, label) in [
        (&system, Some(&system), Some("25.11")),
        (&wrapper, Some(&system), Some("25.11")),
        (&file, Some(&file), None),
        (&gone, None, Some("24.05.20240626.6ecb654")),
    ] {
        let link = folder.join("system-1-link");
        std::os::unix::fs::symlink(target, &link).unwrap();
        let links = Links::new(&folder, vec![("system-1-link".into(), 1)], Extent::Everything);
        let read = links.read().next().unwrap();
        assert_eq!((&read.target, read.toplevel.as_ref()), (target, toplevel));
        assert_eq!(read.condition == Condition::Gone, toplevel.is_none(), "{}", target.display());
        assert_eq!(read.facts.label.map(|told| told.value).as_deref(), label, "{}", target.display());
        std::fs::remove_file(&link).unwrap();
        let again = Links::new(&folder, vec![("system-1-link".into(), 1)], Extent::Everything);
        assert!(again.read().next().is_none(), "it has vanished");
    }
    let (toplevel, _) = Reader::new(Extent::Origin).system(&strange, None, &folder);
    assert_eq!(toplevel, strange);
}

#[test]
fn a_file_without_a_version_makes_no_nixos() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().canonicalize().unwrap();
    type Make = fn(&Path);
    let make: [(&str, Make); 5] = [
        ("none", |_| {}),
        ("empty", |file| std::fs::write(file, "").unwrap()),
        ("dangling", |file| std::os::unix::fs::symlink("nowhere", file).unwrap()),
        ("folder", |file| std::fs::create_dir(file).unwrap()),
        ("text", |file| std::fs::write(file, "25.11").unwrap()),
    ];
    for (name, make) in make {
        let system = folder.join(name);
        std::fs::create_dir(&system).unwrap();
        make(&system.join("nixos-version"));
        std::fs::write(system.join("darwin-version"), "25.05\n").unwrap();
        let revision = "a".repeat(40);
        let json = format!(r#"{{"nixpkgsRevision": "{revision}"}}"#);
        std::fs::write(system.join("darwin-version.json"), json).unwrap();
        for extent in [Extent::Everything, Extent::Origin] {
            let (_, facts) = Reader::new(extent).system(&system, None, &folder);
            let (label, nixpkgs) = if name == "text" { ("25.11", false) } else { ("25.05", true) };
            assert_eq!(facts.label.map(|told| told.value).as_deref(), Some(label), "{name}");
            assert_eq!(facts.nixpkgs.is_some(), nixpkgs, "{name}");
        }
    }
}
