#!/bin/sh
# Checks packaging/progress.sh: the command's exit code, what is shown of a
# build, and that nothing is shown where nothing is done.
cd "$(dirname "$0")/.." || exit 2
run() {
  packaging/progress.sh Building sh -c "$1"
}

failed=
expect() {
  [ "$2" = "$3" ] || { echo "$1: \"$2\", not \"$3\""; failed=1; }
}

expect "nothing to do" \
  "$(run 'echo "ninja: Entering directory x"; echo "ninja: no work to do."')" ""
expect "a warning" "$(run 'echo "[1/2] CXX a.o"; echo "a.cpp:1: warning"')" \
  "a.cpp:1: warning"
run "exit 3"
expect "exit code" $? 3
[ -z "$failed" ]
