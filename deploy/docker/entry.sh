#!/bin/sh
# The container's entry point: `shelfhook "$@"` as the user who owns the books, never as root.
#
# Started as an ordinary user (the image's own, or `user:` of compose), it stays that user. Started
# as root (`--user 0:0`), it hands the data folder to PUID:PGID and becomes that user for good.
set -eu

data=${SHELFHOOK_PATHS__DATA:-/data}

fail() {
  echo "shelfhook-entry: $1" >&2
  exit 2
}

number() { # name, value
  case $2 in
    '' | *[!0-9]*) fail "$1 is '$2'; give a user's or group's number, such as 1000" ;;
  esac
}

uid=$(id -u)
gid=$(id -g)
puid=${PUID:-}
pgid=${PGID:-}
drop=
if [ "$uid" -eq 0 ]; then
  puid=${puid:-1000}
  pgid=${pgid:-1000}
  number PUID "$puid"
  number PGID "$pgid"
  if [ "$puid" -eq 0 ] || [ "$pgid" -eq 0 ]; then
    fail "PUID and PGID must not be 0: Shelfhook does not run as root; give the owner of the books"
  fi
  # Only what belongs to somebody else is touched: a large folder costs a look, not a write each.
  # -h, never through a link: a link in the data folder must not give away a file outside of it.
  find "$data" -xdev \( ! -uid "$puid" -o ! -gid "$pgid" \) -exec chown -h "$puid:$pgid" {} + ||
    fail "$data cannot be handed to $puid:$pgid; mount it, and allow CHOWN, SETUID, SETGID and DAC_READ_SEARCH"
  drop="setpriv --reuid=$puid --regid=$pgid --clear-groups --inh-caps=-all --no-new-privs"
else
  number PUID "${puid:-$uid}"
  number PGID "${pgid:-$gid}"
  if [ "${puid:-$uid}" -ne "$uid" ] || [ "${pgid:-$gid}" -ne "$gid" ]; then
    fail "runs as $uid:$gid and cannot become PUID:PGID ${puid:-$uid}:${pgid:-$gid}; start the \
container as root (--user 0:0), or as that user and without PUID and PGID"
  fi
fi

# shellcheck disable=SC2086 # $drop is a command with its arguments, or nothing
{ $drop test -w "$data" && $drop test -x "$data"; } ||
  fail "$data cannot be written by ${puid:-$uid}:${pgid:-$gid}; on the host: \
chown -R ${puid:-$uid}:${pgid:-$gid} the folder that is mounted there"

cd "$data" # shelfhook.toml is looked for here
reaper=
if [ "$$" -eq 1 ]; then reaper="tini --"; fi
# shellcheck disable=SC2086 # as above
exec $drop $reaper shelfhook "$@"
