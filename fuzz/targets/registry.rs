//! Any text as a system's registry: every pin that is read of it tells something.
#![no_main]

use flakehist::generation::fuzzed::registry;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for pin in registry(&String::from_utf8_lossy(bytes)) {
        assert!(pin.path.is_some() || pin.rev.is_some() || pin.nar_hash.is_some(), "{pin:?}");
        assert!(pin.path.as_ref().is_none_or(|path| path.starts_with('/')), "{pin:?}");
        assert!(
            [&pin.path, &pin.rev, &pin.nar_hash].into_iter().flatten().all(|text| !text.is_empty()),
            "{pin:?}"
        );
        let _ = pin.is_configuration();
    }
});
