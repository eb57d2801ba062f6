#!/bin/sh
# Runs a command of ninja or apt and shows how far it is: on a terminal in one
# line, otherwise in a line each ten seconds. Prints nothing if there is nothing
# to do. The exit code is the command's.
#
#   packaging/progress.sh TITLE COMMAND [ARGUMENT...]
set -eu
title=$1
shift
columns=0
if [ -t 1 ]; then
  columns=$(stty size 2>/dev/null </dev/tty | cut -d ' ' -f 2) || columns=0
  [ "${columns:-0}" -gt 1 ] || columns=80
fi

show() {
  if [ "$columns" -gt 0 ]; then
    printf '\r%.*s\033[K' $((columns - 1)) "$title $1"
    shown=1
    return
  fi
  now=$(date +%s)
  [ "$now" -ge "$due" ] || return 0
  due=$((now + 10))
  printf '%s\n' "$title $1"
}

clear_line() {
  [ -z "$shown" ] || printf '\r\033[K'
  shown=
}

{ code=0; "$@" || code=$?; echo "exit code:$code"; } | {
  shown=
  due=$(($(date +%s) + 5))
  while IFS= read -r line; do
    case $line in
      "exit code:"*)
        clear_line
        exit "${line#exit code:}"
        ;;
      "["*/*"] "*) show "$line" ;;
      # apt's APT::Status-Fd: what, which, per cent, text.
      dlstatus:* | pmstatus:*)
        rest=${line#*:*:}
        show "[${rest%%.*} %] ${rest#*:}"
        ;;
      "ninja: Entering directory"* | "ninja: no work to do."* | "-- "*) ;;
      *)
        case $title in Installing*) continue ;; esac
        clear_line
        printf '%s\n' "$line"
        ;;
    esac
  done
  exit 1
}
