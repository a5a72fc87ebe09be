#!/bin/sh
# What switch-to-configuration of every system here does: $1 is the system, $2 the action. The file `activation` says
# how it ends, and whether the system had been switched by then.
root=@ROOT@
code=0 switches=yes
[ ! -e "$root/activation" ] || read -r code switches <"$root/activation"
echo "$2 $1" >>"$root/activations"
echo "activating the configuration..." >&2
case $2 in switch | test) [ "$switches" = no ] || ln -sfn "$1" "$root/run/current-system" ;; esac
exit "$code"
