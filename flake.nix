{
  description = "The history of a flake.lock from git, beside the NixOS generations, and the way back";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      forEach = make: nixpkgs.lib.genAttrs systems (system: make system nixpkgs.legacyPackages.${system});
      package = system: self.packages.${system}.flakehist;
    in
    {
      overlays.default = final: _: { flakehist = final.callPackage ./package.nix { }; };

      packages = forEach (
        system: pkgs: {
          flakehist = pkgs.callPackage ./package.nix { };
          default = package system;
        }
      );

      apps = forEach (
        system: _: {
          default = {
            type = "app";
            program = "${package system}/bin/flakehist";
          };
        }
      );

      # The package runs the tests that need no Nix; the demo shows that what was installed works.
      checks = forEach (
        system: pkgs: {
          flakehist = package system;
          demo = pkgs.runCommand "flakehist-demo" { nativeBuildInputs = [ (package system) ]; } ''
            flakehist demo sample > $out
          '';
        }
      );

      devShells = forEach (
        system: pkgs: {
          default = pkgs.mkShell {
            inputsFrom = [ (package system) ];
            packages = [
              pkgs.clippy
              pkgs.rustfmt
              pkgs.rust-analyzer
              pkgs.mandoc
              pkgs.fish
              pkgs.nushell
              pkgs.zsh
            ];
          };
        }
      );
    };
}
