#!/bin/bash
# nixos-rebuild as far as a restore needs it: the steps and exit codes of the real ones, in $mode `classic` (the
# script) or `ng` (the one in Python).
root=@ROOT@
mode=@MODE@
(printf '%q ' nixos-rebuild "$PWD" "$@"; echo) >>"$root/calls"
action='' flake='' flags=()
while (($#)); do
    case $1 in
    switch | boot | test | build | dry-activate) action=$1 ;;
    --flake) flake=$2 && shift ;;
    --no-update-lock-file | --offline | --show-trace) flags+=("$1") ;;
    *) echo "$0: unknown option \`$1'" >&2 && exit 1 ;;
    esac
    shift
done
attribute=$(uname -n)
if [[ $flake =~ ^(.*)\#([^\#\"]*)$ ]]; then
    flake=${BASH_REMATCH[1]} attribute=${BASH_REMATCH[2]}
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo 'building the system configuration...' >&2
nix build "$flake#nixosConfigurations.\"$attribute\".config.system.build.toplevel" \
    --out-link "$folder/result" "${flags[@]}" || exit
system=$(readlink -f "$folder/result")
[ "$action" != build ] || exit 0
if [ "$action" = switch ] || [ "$action" = boot ]; then
    [ -f "$system/nixos-version" ] || exit 1
    nix-env -p "$root/profiles/system" --set "$system" || exit
fi
"$system/bin/switch-to-configuration" "$action"
code=$?
[ $code = 0 ] || echo 'warning: error(s) occurred while switching to the new configuration' >&2
[ $mode = ng ] || [ $code = 0 ] || exit 1
exit $code
