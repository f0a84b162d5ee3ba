#!/bin/bash
# peers.sh [DIR]: unpacks current releases of the peers (docker compose v2, dockerd 28, docker CLI, buildx, containerd) from
# Debian's "forky" suite into DIR (default: .peers here), without touching what is installed. Does nothing where they are.
# Programs are then in DIR/bin: for side-by-side benches, and as a second, newer generation of the engine in tests.
# runc is Debian 12's own (forky's needs a newer libc): apt-get install runc.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
dir=$(realpath -m "${1:-$root/.peers}")
[ ! -e "$dir/bin/docker-compose" ] || exit 0

# Whatever form the host's apt sources have, its mirror is asked for the other suite.
# shellcheck disable=SC2016 # apt's own variable
uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sed -n 1p)
[ -n "$uri" ] || { echo "peers.sh: apt knows no package sources, see /etc/apt and run apt-get update" >&2; exit 1; }
key=/usr/share/keyrings/debian-archive-keyring.gpg
work=$dir.work
trap 'rm -rf "$work"' EXIT
rm -rf "$work"
mkdir -p "$work"/{parts,lists/partial,cache/archives/partial,debs,tree/root,tree/bin}
printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
  "$uri" "${SUITE:-forky}" "$key" > "$work/parts/peers.sources"
options=(-qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/parts" -o Dir::Etc::preferencesparts=/dev/null
  -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Get::List-Cleanup=0
  -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=3)
apt-get "${options[@]}" update
(cd "$work/debs" && apt-get "${options[@]}" download docker.io docker-cli docker-compose docker-buildx containerd tini-static)
for deb in "$work"/debs/*.deb; do dpkg -x "$deb" "$work/tree/root"; done
for program in sbin/dockerd sbin/docker-proxy bin/docker-proxy bin/docker bin/docker-init bin/containerd bin/containerd-shim-runc-v2 \
  libexec/docker/cli-plugins/docker-compose libexec/docker/cli-plugins/docker-buildx; do
  if [ -e "$work/tree/root/usr/$program" ]; then ln -s "../root/usr/$program" "$work/tree/bin/"; fi
done
rm -rf "$dir"
mv "$work/tree" "$dir"
ls "$dir/bin"
