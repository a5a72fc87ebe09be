# A nixpkgs of one function: systems that look like those of NixOS from outside, made by /bin/sh alone.
{
  outputs = { self }: {
    lib.system =
      { revision ? null         # configurationRevision
      , pins ? { }              # flakes in the registry
      , pinsNixpkgs ? true      # as nixpkgs.lib.nixosSystem does since 24.05
      , template ? "22.05"      # of nixos-version, by its release
      , version ? null
      , tags ? [ ]
      , kernel ? "6.12.5"
      , specialisations ? [ ]
      , kept ? [ ]              # extra-dependencies
      , inputs ? { }            # etc/nix/inputs
      , source ? null           # the link src
      , salt ? ""
      }:
      let
        release = builtins.replaceStrings [ "\n" ] [ "" ] (builtins.readFile ./.version);
        day = builtins.substring 0 8 (self.lastModifiedDate or "19700101");
        ownVersion = if version != null then version else "${release}.${day}.${self.shortRev or "dirty"}";
        label = builtins.concatStringsSep "-" (tags ++ [ ownVersion ]);
        or' = name: value: if value == null then "@${name}@" else value;
        known = builtins.listToAttrs (builtins.filter (member: member.value != null) [
          { name = "nixosVersion"; value = ownVersion; }
          { name = "nixpkgsRevision"; value = self.rev or null; }
          { name = "configurationRevision"; value = revision; }
        ]);
        json = builtins.toJSON known;
        values = builtins.toFile "values.json" json;
        hash = checked: ''
          --hash|--revision)
          ${if checked then ''
            if ! [[ ${or' "revision" (self.rev or null)} =~ ^[0-9a-f]+$ ]]; then
              echo "$0: Nixpkgs commit hash is unknown" >&2
              exit 1
            fi'' else ""}
            echo "${or' "revision" (self.rev or null)}"
            ;;
        '';
        configuration = ''
          --configuration-revision)
            if [[ "${or' "configurationRevision" revision}" =~ "@" ]]; then
              echo "$0: configuration revision is unknown" >&2
              exit 1
            fi
            echo "${or' "configurationRevision" revision}"
            ;;
        '';
        here = mark: text: "--json)\n  cat <<${mark}\n${text}\nEOF\n  ;;\n";
        branches = {
          "19.09" = hash false;
          "20.03" = hash false + here "EOF" ''{"nixosVersion": "${ownVersion}", "nixpkgsRevision": "${or' "revision" (self.rev or null)}", "configurationRevision": "${or' "configurationRevision" revision}"}'';
          "20.09" = hash true + here "EOF" json;
          "22.05" = hash true + configuration + here "EOF" json;
          "2026" = hash true + configuration + here "'EOF'" json;
          "apart" = hash true + "--json)\n  cat ${values}\n  ;;\n";
        }.${template};
        script = builtins.toFile "nixos-version" ''
          #! /bin/bash
          case "$1" in
          -h|--help)
            exec man nixos-version
            ;;
          ${branches}*)
            echo "${ownVersion} (Sample)"
            ;;
          esac
        '';
        path = source: builtins.intersectAttrs { lastModified = 0; rev = ""; revCount = 0; narHash = ""; } source
          // { type = "path"; path = source.outPath; };
        flake = id: to: { exact = true; from = { inherit id; type = "indirect"; }; inherit to; };
        registry = builtins.toFile "registry.json" (builtins.toJSON {
          version = 2;
          flakes = (if pinsNixpkgs then [ (flake "nixpkgs" { type = "path"; path = self.outPath; }) ] else [ ])
            ++ map (id: flake id (path pins.${id})) (builtins.attrNames pins);
        });
        run = name: environment: script: derivation (environment // {
          inherit name;
          system = builtins.currentSystem or "x86_64-linux";
          builder = "/bin/sh";
          args = [ "-ec" script ];
          PATH = "/usr/bin:/bin";
          preferLocalBuild = true;  # no build hook: it starts a program of Nix by a name an unpacked one lacks
        });
        names = builtins.attrNames inputs;
        sw = run "system-path" { inherit script; } ''
          mkdir -p $out/bin
          cp $script $out/bin/nixos-version
        '';
        etc = run "etc" { inherit registry names; paths = map (name: inputs.${name}.outPath) names; } ''
          mkdir -p $out/etc/nix/inputs
          ln -s $registry $out/etc/nix/registry.json
          set -- $paths
          for name in $names; do ln -s $1 $out/etc/nix/inputs/$name; shift; done
        '';
        linux = run "linux-${kernel}" { inherit kernel; } ''
          mkdir -p $out/lib/modules/$kernel
          echo > $out/bzImage
        '';
        toplevel = special: run "nixos-system-host-${label}"
          {
            inherit sw etc linux label salt;
            names = special;
            systems = map (name: (toplevel [ ]).overrideName name) special;
            keeps = map (one: one.outPath) kept;
            source = if source == null then "" else source.outPath;
          } ''
            mkdir -p $out/specialisation $out/bin
            ln -s $sw $out/sw
            ln -s $etc/etc $out/etc
            ln -s $linux/bzImage $out/kernel
            ln -s $linux $out/kernel-modules
            printf %s "$label" > $out/nixos-version
            printf %s "$keeps" > $out/extra-dependencies
            printf '{"org.nixos.bootspec.v1":{"label":"NixOS Sample %s (Linux %s)","toplevel":"%s"}}' "$label" other $out > $out/boot.json
            echo "$salt" > $out/salt
            [ -z "$source" ] || ln -s $source $out/src
            set -- $systems
            for name in $names; do ln -s $1 $out/specialisation/$name; shift; done
          '' // { overrideName = name: run "nixos-system-host-${name}-${label}" { inherit sw etc linux name label; } ''
            mkdir -p $out/specialisation
            ln -s $sw $out/sw
            ln -s $etc/etc $out/etc
            printf %s "$label" > $out/nixos-version
            printf %s "$name" > $out/etc-specialisation
          ''; };
      in
      toplevel specialisations;
  };
}
