//! The script nixos-version as it was written over the years.

use super::site::Site;

#[test]
fn every_template_tells_nixpkgs_and_the_configuration() {
    let Some(site) = Site::new() else { return };
    let mut expected = Vec::new();
    for (number, template) in ["19.09", "20.03", "20.09", "22.05", "2026", "apart"].iter().enumerate() {
        let date = format!("2025-06-0{}T12:00:00Z", number + 2);
        // An older system pins nothing: all there is is the script.
        let system = format!("template = \"{template}\"; pinsNixpkgs = false; version = \"{template}-x\";");
        let commit = site.state(&system, number % 3, 0, &date);
        site.switch(&date);
        expected.push((number, template, commit));
    }
    for (number, template, commit) in expected {
        let row = site.row(number as u64 + 1);
        let evidence = &row["evidence"][0];
        assert_eq!(evidence["value"], site.nixpkgs[number % 3], "{template}: {row}");
        assert_eq!(evidence["origin"], "sw/bin/nixos-version");
        // Up to 19.09 nothing told the configuration's revision.
        let of_configuration = if *template == "19.09" { None } else { Some(commit.as_str()) };
        assert_eq!(row["configurationRevision"].as_str(), of_configuration, "{template}: {row}");
        assert_eq!(row["commit"].as_str(), of_configuration, "{template}");
        assert_eq!(row["lockId"], site.lock_id(&commit), "{template}");
        let sure = if of_configuration.is_some() { "exact" } else { "lock likely" };
        assert_eq!(row["confidence"], sure, "{template}");
    }
}

#[test]
fn without_a_revision_the_placeholders_are_no_facts() {
    let Some(site) = Site::new() else { return };
    site.state("", 0, 0, "2025-06-02T12:00:00Z");
    for (number, template) in ["19.09", "20.03", "20.09", "22.05", "2026", "apart"].iter().enumerate() {
        site.configure(&format!("template = \"{template}\"; revision = null; pinsNixpkgs = false;"));
        let number = number as u64 + 1;
        // A nixpkgs that is a mere folder has no revision either.
        let folder = format!("path:{}", site.path("nixpkgs").display());
        let system = site.build(&["--override-input", "nixpkgs", &folder, "--no-write-lock-file"]);
        assert_eq!(site.set(&system, "2025-06-03T12:00:00Z"), number);
        let row = site.row(number);
        assert!(row["configurationRevision"].is_null(), "{template}: {row}");
        assert_eq!(row["evidence"], serde_json::json!([]), "{template}: {row}");
        let explained = site.run(&["generations", "--explain", &number.to_string()]).good();
        assert!(
            !explained.contains('@') && explained.contains("version         25.11."),
            "{template}: {explained}"
        );
    }
}
