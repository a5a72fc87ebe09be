# flakehist in Nushell, made from the definitions of the arguments. The values that can be completed are asked of the
# program itself: `flakehist completions nushell -- WORD…`.
#
# Of a declared command Nushell takes a `--` for an option. Write `^flakehist restore TARGET -- ARGUMENT` with the caret.

def "nu-complete flakehist" [context: string] {
    let words = ($context | str trim --left | split row --regex '\s+' | skip 1)
    let found = (do { ^flakehist completions nushell -- ...$words } | complete | get stdout | lines)
    # Where nothing fits, files do.
    if ($found | is-empty) { return null }
    let completions = ($found | each {|line|
        let parts = ($line | split row "\t")
        { value: ($parts | first), description: ($parts | skip 1 | str join) }
    })
    { options: { sort: false }, completions: $completions }
}

# See every state your flake.lock ever had
export extern "flakehist" [
    -C: path # Run as if started in DIR
    --flake: string@"nu-complete flakehist" # The flake: a folder, `path#host` or `git+file://…?dir=…`
    --lock: path # Another lock file than the flake's own, on disk or only in history
    --color: string@"nu-complete flakehist" # When to colour
    --no-pager # Do not pipe output through a pager
    --utc # Show dates in UTC, not in local time
    --profile: string@"nu-complete flakehist" # The profile whose generations to look at: a path, or a name such as `home-manager`
    --help(-h) # Print this; `flakehist help COMMAND` says more
    --version(-V) # Print version
    ...words: string@"nu-complete flakehist"
]

# List the commits that changed the lock, and what moved in each
export extern "flakehist log" [
    --max-count(-n): string@"nu-complete flakehist" # At most N commits; `-N` for short. A negative number means all, as in git
    --since: string@"nu-complete flakehist" # Only commits after DATE: `2026-01-31`, `yesterday`, `2 weeks ago`
    --until: string@"nu-complete flakehist" # Only commits before DATE
    --author: string@"nu-complete flakehist" # Only commits whose author, as `Name <email>`, matches a regular expression; several: any of them
    --first-parent # Of merges follow only the first parent
    --all # Start from every ref and every worktree's HEAD
    --reverse # The oldest first
    --follow # Go on with the lock's old path where it was moved
    --input: string@"nu-complete flakehist" # Only where an input changed: `nixpkgs`, `home-manager/nixpkgs`, or a shell pattern such as `*/nixpkgs`
    --columns: string@"nu-complete flakehist" # The inputs to give a column, in this order
    --oneline # One short line a commit
    --patch(-p) # Add the changes of each commit as Nix prints them
    --json # One JSON document
    -C: path # Run as if started in DIR
    --flake: string@"nu-complete flakehist" # The flake: a folder, `path#host` or `git+file://…?dir=…`
    --lock: path # Another lock file than the flake's own, on disk or only in history
    --color: string@"nu-complete flakehist" # When to colour
    --no-pager # Do not pipe output through a pager
    --utc # Show dates in UTC, not in local time
    --profile: string@"nu-complete flakehist" # The profile whose generations to look at: a path, or a name such as `home-manager`
    --help(-h) # Print this; `flakehist help COMMAND` says more
    ...words: string@"nu-complete flakehist"
]

# Show one lock whole, as a tree of inputs
export extern "flakehist show" [
    --json # One JSON document
    -C: path # Run as if started in DIR
    --flake: string@"nu-complete flakehist" # The flake: a folder, `path#host` or `git+file://…?dir=…`
    --lock: path # Another lock file than the flake's own, on disk or only in history
    --color: string@"nu-complete flakehist" # When to colour
    --no-pager # Do not pipe output through a pager
    --utc # Show dates in UTC, not in local time
    --profile: string@"nu-complete flakehist" # The profile whose generations to look at: a path, or a name such as `home-manager`
    --help(-h) # Print this; `flakehist help COMMAND` says more
    ...words: string@"nu-complete flakehist"
]

# Show what changed from one lock to another
export extern "flakehist diff" [
    --input: string@"nu-complete flakehist" # Only these inputs: `nixpkgs`, `home-manager/nixpkgs`, or a shell pattern such as `*/nixpkgs`
    --all-inputs # Show inputs that moved with the one they belong to by themselves
    --nix # Exactly what Nix (2.20 and newer) prints when it changes the lock
    --patch(-p) # The text of the two files as a unified diff; in colour with the changed words marked
    --stat # A short line for each input
    --name-only # Only the inputs' paths
    --markdown # A table with links, for pull requests
    --json # One JSON document
    --packages # Compare the packages of two generations' systems, not their locks
    --differ: string@"nu-complete flakehist" # What compares the packages
    --exit-code # Exit with 1 when something changed
    --quiet(-q) # Print nothing; implies --exit-code
    -C: path # Run as if started in DIR
    --flake: string@"nu-complete flakehist" # The flake: a folder, `path#host` or `git+file://…?dir=…`
    --lock: path # Another lock file than the flake's own, on disk or only in history
    --color: string@"nu-complete flakehist" # When to colour
    --no-pager # Do not pipe output through a pager
    --utc # Show dates in UTC, not in local time
    --profile: string@"nu-complete flakehist" # The profile whose generations to look at: a path, or a name such as `home-manager`
    --help(-h) # Print this; `flakehist help COMMAND` says more
    ...words: string@"nu-complete flakehist"
]

# Tell how lock and system stand, and what a rebuild would do
export extern "flakehist status" [
    --check # Say by the exit code whether a rebuild from HEAD would take any input back
    --json # One JSON document
    -C: path # Run as if started in DIR
    --flake: string@"nu-complete flakehist" # The flake: a folder, `path#host` or `git+file://…?dir=…`
    --lock: path # Another lock file than the flake's own, on disk or only in history
    --color: string@"nu-complete flakehist" # When to colour
    --no-pager # Do not pipe output through a pager
    --utc # Show dates in UTC, not in local time
    --profile: string@"nu-complete flakehist" # The profile whose generations to look at: a path, or a name such as `home-manager`
    --help(-h) # Print this; `flakehist help COMMAND` says more
    ...words: string@"nu-complete flakehist"
]

# List the generations of the system, and the lock each was built from
export extern "flakehist generations" [
    --explain: string@"nu-complete flakehist" # Show every fact of one generation, where it was read and what it says: `41`, `current`, `running`, `booted`, `-1`
    --json # A JSON array, with the keys of `nixos-rebuild list-generations --json` and more
    -C: path # Run as if started in DIR
    --flake: string@"nu-complete flakehist" # The flake: a folder, `path#host` or `git+file://…?dir=…`
    --lock: path # Another lock file than the flake's own, on disk or only in history
    --color: string@"nu-complete flakehist" # When to colour
    --no-pager # Do not pipe output through a pager
    --utc # Show dates in UTC, not in local time
    --profile: string@"nu-complete flakehist" # The profile whose generations to look at: a path, or a name such as `home-manager`
    --help(-h) # Print this; `flakehist help COMMAND` says more
    ...words: string@"nu-complete flakehist"
]

# List the generations of the system, and the lock each was built from
export extern "flakehist gens" [
    --explain: string@"nu-complete flakehist" # Show every fact of one generation, where it was read and what it says: `41`, `current`, `running`, `booted`, `-1`
    --json # A JSON array, with the keys of `nixos-rebuild list-generations --json` and more
    -C: path # Run as if started in DIR
    --flake: string@"nu-complete flakehist" # The flake: a folder, `path#host` or `git+file://…?dir=…`
    --lock: path # Another lock file than the flake's own, on disk or only in history
    --color: string@"nu-complete flakehist" # When to colour
    --no-pager # Do not pipe output through a pager
    --utc # Show dates in UTC, not in local time
    --profile: string@"nu-complete flakehist" # The profile whose generations to look at: a path, or a name such as `home-manager`
    --help(-h) # Print this; `flakehist help COMMAND` says more
    ...words: string@"nu-complete flakehist"
]

# Put an earlier lock back and rebuild, losing nothing
export extern "flakehist restore" [
    --input: string@"nu-complete flakehist" # Restore only this input with all that belongs to it: `nixpkgs`, `home-manager/nixpkgs`; may be repeated
    --except: string@"nu-complete flakehist" # Restore every input but this one; may be repeated
    --keep-original # Restore an input although flake.nix asks for it from elsewhere since: its old state stands in for that
    --print # Write the lock that would be restored to standard output, and do nothing else
    --action: string@"nu-complete flakehist" # What to do with the system that is built
    --no-rebuild # Restore the lock, and leave the system alone
    --reactivate # Build nothing: switch to a generation that was built from the lock
    --host: string@"nu-complete flakehist" # The configuration to build, when it is not named like the machine
    --commit # Commit the lock, and nothing else, before the rebuild
    --message(-m): string@"nu-complete flakehist" # The message of that commit
    --relock # Let Nix add what the lock lacks for today's flake.nix
    --on-failure: string@"nu-complete flakehist" # What becomes of the lock when the rebuild fails
    --yes(-y) # Do not ask
    --dry-run(-n) # Show what would be done, and do nothing
    -C: path # Run as if started in DIR
    --flake: string@"nu-complete flakehist" # The flake: a folder, `path#host` or `git+file://…?dir=…`
    --lock: path # Another lock file than the flake's own, on disk or only in history
    --color: string@"nu-complete flakehist" # When to colour
    --no-pager # Do not pipe output through a pager
    --utc # Show dates in UTC, not in local time
    --profile: string@"nu-complete flakehist" # The profile whose generations to look at: a path, or a name such as `home-manager`
    --help(-h) # Print this; `flakehist help COMMAND` says more
    ...words: string@"nu-complete flakehist"
]

# Take the last restore back, or an earlier one
export extern "flakehist undo" [
    --action: string@"nu-complete flakehist" # What to do with the system that is built
    --no-rebuild # Restore the lock, and leave the system alone
    --reactivate # Build nothing: switch to a generation that was built from the lock
    --host: string@"nu-complete flakehist" # The configuration to build, when it is not named like the machine
    --commit # Commit the lock, and nothing else, before the rebuild
    --message(-m): string@"nu-complete flakehist" # The message of that commit
    --relock # Let Nix add what the lock lacks for today's flake.nix
    --on-failure: string@"nu-complete flakehist" # What becomes of the lock when the rebuild fails
    --yes(-y) # Do not ask
    --dry-run(-n) # Show what would be done, and do nothing
    -C: path # Run as if started in DIR
    --flake: string@"nu-complete flakehist" # The flake: a folder, `path#host` or `git+file://…?dir=…`
    --lock: path # Another lock file than the flake's own, on disk or only in history
    --color: string@"nu-complete flakehist" # When to colour
    --no-pager # Do not pipe output through a pager
    --utc # Show dates in UTC, not in local time
    --profile: string@"nu-complete flakehist" # The profile whose generations to look at: a path, or a name such as `home-manager`
    --help(-h) # Print this; `flakehist help COMMAND` says more
    ...words: string@"nu-complete flakehist"
]

# List what was restored and undone
export extern "flakehist journal" [
    --json # A JSON array
    -C: path # Run as if started in DIR
    --flake: string@"nu-complete flakehist" # The flake: a folder, `path#host` or `git+file://…?dir=…`
    --lock: path # Another lock file than the flake's own, on disk or only in history
    --color: string@"nu-complete flakehist" # When to colour
    --no-pager # Do not pipe output through a pager
    --utc # Show dates in UTC, not in local time
    --profile: string@"nu-complete flakehist" # The profile whose generations to look at: a path, or a name such as `home-manager`
    --help(-h) # Print this; `flakehist help COMMAND` says more
    ...words: string@"nu-complete flakehist"
]

# Tell what is missing on this machine
export extern "flakehist doctor" [
    --json # One JSON document
    -C: path # Run as if started in DIR
    --flake: string@"nu-complete flakehist" # The flake: a folder, `path#host` or `git+file://…?dir=…`
    --lock: path # Another lock file than the flake's own, on disk or only in history
    --color: string@"nu-complete flakehist" # When to colour
    --no-pager # Do not pipe output through a pager
    --utc # Show dates in UTC, not in local time
    --profile: string@"nu-complete flakehist" # The profile whose generations to look at: a path, or a name such as `home-manager`
    --help(-h) # Print this; `flakehist help COMMAND` says more
    ...words: string@"nu-complete flakehist"
]

# Make git show the changes of a lock by its inputs
export extern "flakehist git-setup" [
    --global # In your own git configuration, not in the repository's
    --remove # Take away what it wrote
    --yes(-y) # Do not ask
    --dry-run(-n) # Show what would be written, and do nothing
    -C: path # Run as if started in DIR
    --flake: string@"nu-complete flakehist" # The flake: a folder, `path#host` or `git+file://…?dir=…`
    --lock: path # Another lock file than the flake's own, on disk or only in history
    --color: string@"nu-complete flakehist" # When to colour
    --no-pager # Do not pipe output through a pager
    --utc # Show dates in UTC, not in local time
    --profile: string@"nu-complete flakehist" # The profile whose generations to look at: a path, or a name such as `home-manager`
    --help(-h) # Print this; `flakehist help COMMAND` says more
    ...words: string@"nu-complete flakehist"
]

# Write a lock as a line for each input
export extern "flakehist textconv" [
    -C: path # Run as if started in DIR
    --flake: string@"nu-complete flakehist" # The flake: a folder, `path#host` or `git+file://…?dir=…`
    --lock: path # Another lock file than the flake's own, on disk or only in history
    --color: string@"nu-complete flakehist" # When to colour
    --no-pager # Do not pipe output through a pager
    --utc # Show dates in UTC, not in local time
    --profile: string@"nu-complete flakehist" # The profile whose generations to look at: a path, or a name such as `home-manager`
    --help(-h) # Print this; `flakehist help COMMAND` says more
    ...words: string@"nu-complete flakehist"
]

# Write a sample repository and show its history
export extern "flakehist demo" [
    --rebuild: string@"nu-complete flakehist" # Rebuild the machine of the sample in DIR from its lock; the sample's `flakehist.rebuild`
    -C: path # Run as if started in DIR
    --flake: string@"nu-complete flakehist" # The flake: a folder, `path#host` or `git+file://…?dir=…`
    --lock: path # Another lock file than the flake's own, on disk or only in history
    --color: string@"nu-complete flakehist" # When to colour
    --no-pager # Do not pipe output through a pager
    --utc # Show dates in UTC, not in local time
    --profile: string@"nu-complete flakehist" # The profile whose generations to look at: a path, or a name such as `home-manager`
    --help(-h) # Print this; `flakehist help COMMAND` says more
    ...words: string@"nu-complete flakehist"
]

# Print what makes a shell complete flakehist's words
export extern "flakehist completions" [
    -C: path # Run as if started in DIR
    --flake: string@"nu-complete flakehist" # The flake: a folder, `path#host` or `git+file://…?dir=…`
    --lock: path # Another lock file than the flake's own, on disk or only in history
    --color: string@"nu-complete flakehist" # When to colour
    --no-pager # Do not pipe output through a pager
    --utc # Show dates in UTC, not in local time
    --profile: string@"nu-complete flakehist" # The profile whose generations to look at: a path, or a name such as `home-manager`
    --help(-h) # Print this; `flakehist help COMMAND` says more
    ...words: string@"nu-complete flakehist"
]
