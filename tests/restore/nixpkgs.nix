# A nixpkgs of one function: a NixOS as far as flakehist, nix-env and a nixos-rebuild look at one, made by /bin/sh.
# Its file .version holds the release; with the word `broken` in it nothing builds.
{
  outputs = { self }: {
    lib.system = { activate, revision, pins }:
      let
        words = builtins.filter builtins.isString (builtins.split "[ \n]+" (builtins.readFile ./.version));
        release = builtins.head words;
        version = "${release}.${builtins.substring 0 8 self.lastModifiedDate}.${self.shortRev}";
        json = builtins.toJSON (
          { nixosVersion = version; nixpkgsRevision = self.rev; }
          // (if revision == null then { } else { configurationRevision = revision; })
        );
        script = builtins.toFile "nixos-version" ''
          #! /bin/bash
          case "$1" in
          --json)
            cat <<EOF
          ${json}
          EOF
            ;;
          *)
            echo "${version} (Sample)"
            ;;
          esac
        '';
        pin = id: {
          exact = true;
          from = { inherit id; type = "indirect"; };
          to = builtins.intersectAttrs { lastModified = 0; rev = ""; revCount = 0; narHash = ""; } pins.${id}
            // { type = "path"; path = pins.${id}.outPath; };
        };
        registry = builtins.toFile "registry.json" (builtins.toJSON {
          version = 2;
          flakes = map pin (builtins.attrNames pins);
        });
        toplevel = derivation {
          name = "nixos-system-host-${version}";
          inherit script registry activate version;
          broken = if builtins.elem "broken" words then "yes" else "";
          system = "x86_64-linux";
          builder = "/bin/sh";
          PATH = "/usr/bin:/bin";
          preferLocalBuild = true;  # no build hook: it starts a program of Nix by a name an unpacked one lacks
          args = [ "-ec" ''
            if [ -n "$broken" ]; then echo "this nixpkgs does not build" >&2; exit 1; fi
            mkdir -p $out/bin $out/sw/bin $out/etc/nix
            mkdir -p $out/kernel-modules/lib/modules/6.12.$(echo "$version" | cut -d . -f 2)
            cp $script $out/sw/bin/nixos-version
            cp $registry $out/etc/nix/registry.json
            printf %s "$version" >$out/nixos-version
            printf '#!/bin/sh\nexec %s %s "$1"\n' "$activate" "$out" >$out/bin/switch-to-configuration
            chmod +x $out/bin/switch-to-configuration
          '' ];
        };
      in
      { config.system.build.toplevel = toplevel; };
  };
}
