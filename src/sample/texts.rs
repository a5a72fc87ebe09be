//! The first texts of the files beside flake.nix and flake.lock, and of flake.nix what follows the inputs.

/// flake.nix while there is one machine.
pub(super) const OUTPUTS_ANVIL: &str = r#"  outputs =
    { nixpkgs, flake-utils, ... }@inputs:
    {
      nixosConfigurations.anvil = nixpkgs.lib.nixosSystem {
        specialArgs = { inherit inputs; };
        modules = [ ./hosts/anvil/configuration.nix ];
      };
    }
    // flake-utils.lib.eachDefaultSystem (system: {
      formatter = nixpkgs.legacyPackages.${system}.nixfmt-rfc-style;
    });
"#;

/// flake.nix with both machines.
pub(super) const OUTPUTS_BOTH: &str = r#"  outputs =
    { nixpkgs, flake-utils, ... }@inputs:
    {
      nixosConfigurations = nixpkgs.lib.genAttrs [ "anvil" "wren" ] (
        host:
        nixpkgs.lib.nixosSystem {
          specialArgs = { inherit inputs; };
          modules = [ ./hosts/${host}/configuration.nix ];
        }
      );
    }
    // flake-utils.lib.eachDefaultSystem (system: {
      formatter = nixpkgs.legacyPackages.${system}.nixfmt-rfc-style;
    });
"#;

/// flake.nix without flake-utils.
pub(super) const OUTPUTS_PLAIN: &str = r#"  outputs =
    { nixpkgs, ... }@inputs:
    {
      nixosConfigurations = nixpkgs.lib.genAttrs [ "anvil" "wren" ] (
        host:
        nixpkgs.lib.nixosSystem {
          specialArgs = { inherit inputs; };
          modules = [ ./hosts/${host}/configuration.nix ];
        }
      );

      formatter.x86_64-linux = nixpkgs.legacyPackages.x86_64-linux.nixfmt-tree;
    };
"#;

/// README.md
pub(super) const README: &str = "\
# Machines

- anvil: the desktop

`nixos-rebuild switch --flake .` on the machine itself, `nix fmt` before a commit.
";

/// hosts/anvil/configuration.nix
pub(super) const ANVIL: &str = r#"{ inputs, pkgs, ... }:
{
  imports = [
    inputs.home-manager.nixosModules.home-manager
  ];

  networking.hostName = "anvil";
  boot.loader.systemd-boot.enable = true;
  boot.kernelPackages = pkgs.linuxPackages_latest;
  services.desktopManager.plasma6.enable = true;
  services.displayManager.sddm.enable = true;

  home-manager.users.linnea = import ../../home/linnea.nix;
  system.stateVersion = "24.11";
}
"#;

/// hosts/wren/configuration.nix
pub(super) const WREN: &str = r#"{ inputs, ... }:
{
  imports = [
    inputs.home-manager.nixosModules.home-manager
    inputs.nixos-hardware.nixosModules.framework-13-7040-amd
  ];

  networking.hostName = "wren";
  boot.loader.systemd-boot.enable = true;
  services.logind.lidSwitch = "suspend";
  services.desktopManager.plasma6.enable = true;
  services.displayManager.sddm.enable = true;

  home-manager.users.linnea = import ../../home/linnea.nix;
  system.stateVersion = "24.11";
}
"#;

/// home/linnea.nix
pub(super) const HOME: &str = r#"{ pkgs, ... }:
{
  programs.git.enable = true;
  programs.vim.enable = true;
  home.packages = [ pkgs.ripgrep ];

  home.stateVersion = "24.11";
}
"#;

/// hosts/anvil/disk.nix
pub(super) const DISK: &str = r#"{
  disko.devices.disk.main = {
    device = "/dev/nvme0n1";
    content = {
      type = "gpt";
      partitions.boot = {
        size = "1G";
        type = "EF00";
        content = {
          type = "filesystem";
          format = "vfat";
          mountpoint = "/boot";
        };
      };
      partitions.root = {
        size = "100%";
        content = {
          type = "btrfs";
          subvolumes."/root".mountpoint = "/";
          subvolumes."/nix".mountpoint = "/nix";
        };
      };
    };
  };
}
"#;
