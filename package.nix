# For nixpkgs' callPackage; `nix-build -E 'with import <nixpkgs> { }; callPackage ./package.nix { }'` without flakes.
{
  lib,
  rustPlatform,
  installShellFiles,
  gitMinimal,
}:

rustPlatform.buildRustPackage {
  pname = "flakehist";
  inherit ((lib.importTOML ./Cargo.toml).package) version;

  # What the build and its tests read, and nothing whose change should build it anew.
  src = lib.fileset.toSource {
    root = ./.;
    fileset = lib.fileset.unions [
      ./.ci/run
      ./Cargo.lock
      ./Cargo.toml
      ./README.md
      ./completions
      ./doc
      ./fixtures
      ./man
      ./src
      ./tests
    ];
  };

  cargoLock.lockFile = ./Cargo.lock;

  nativeBuildInputs = [ installShellFiles ];

  # The tests hold git beside the program. Those that need Nix, real histories or another shell say that they are
  # skipped: there is no Nix in a build.
  nativeCheckInputs = [ gitMinimal ];

  # Nushell's file lies where it is loaded from without a setting.
  postInstall = ''
    installManPage man/*.1
    installShellCompletion --cmd flakehist \
      --bash completions/flakehist.bash \
      --fish completions/flakehist.fish \
      --zsh completions/_flakehist
    install -Dm444 completions/flakehist.nu -t $out/share/nushell/vendor/autoload
  '';

  meta = {
    description = "The history of a flake.lock from git, beside the NixOS generations, and the way back";
    license = [
      lib.licenses.mit
      lib.licenses.asl20
    ];
    mainProgram = "flakehist";
    platforms = lib.platforms.unix;
  };
}
