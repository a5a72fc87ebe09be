# Run in a mount namespace of its own, with flakehist and its arguments: fills a small disk with a copy of the
# repository on it, and restores again and again while ever more room is left. Prints for each try the exit code, and
# which lock lies there; and at the end, with room enough, how the way forth and back ends.
set -eu
root=$1 && shift
mkdir "$root/disk"
mount -t tmpfs -o size=600k tmpfs "$root/disk"
cp -a "$root/config" "$root/disk/"
cd "$root/disk/config"
cat flake.lock >"$root/old"
git show main~2:flake.lock >"$root/new"
cat /dev/zero >../fill 2>/dev/null || true
which() {
    if cmp -s flake.lock "$root/old"; then echo old; elif cmp -s flake.lock "$root/new"; then echo new; else echo broken; fi
}
# What a try that fails has written stays: git clears it away in its time.
for room in 0 4 4 4 4 8 8 8 8 12 12 12 16 16 16 16; do
    truncate -s -${room}K ../fill
    code=0 && "$@" restore main~2 --yes --no-rebuild >/dev/null 2>"$root/said" || code=$?
    git fsck --strict --no-dangling --no-progress >&2
    echo "$code $(which)"
    [ "$(which)" = old ] || break
done
rm ../fill
"$@" restore main~2 --yes --no-rebuild >/dev/null 2>"$root/said"
"$@" undo --yes --no-rebuild >/dev/null 2>"$root/said"
echo "in the end $(which)"
