#!/bin/sh
# Installs the Debian packages named as arguments that are not installed yet,
# with sudo where not root, and says plainly what is missing if it cannot.
set -eu
missing=""
for p in "$@"; do
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || true)" = installed ] || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
	echo "Missing:$missing. This is no Debian: install their like by hand and run make again." >&2
	exit 1
fi
as_root=""
if [ "$(id -u)" != 0 ]; then
	as_root=sudo
	command -v sudo >/dev/null || {
		echo "Missing:$missing. Install them as root (apt-get install$missing) and run make again." >&2
		exit 1
	}
fi
echo "Installing:$missing" >&2
give_up() {
	echo "Could not install:$missing. Nothing was started; what apt-get said is above." >&2
	exit 1
}
$as_root apt-get update -qq || give_up
# shellcheck disable=SC2086 # a list of names
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null || give_up
