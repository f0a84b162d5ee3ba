# debian-tree.sh: sourced by tools/base-image and tools/test-image. Makes root file systems from Debian packages and loads
# them into an engine as images, so that nothing has to be pulled from a registry. Needs no root and no network of the
# engine: packages come through the host's own apt sources, the engine is the one the docker CLI talks to.
#
# Everything kept lies in $cache. A file there is complete or absent: it is made beside its place and renamed.

umask 022 # the modes of the images' files do not depend on who makes them
shopt -s inherit_errexit # a step that fails inside $(...) ends the script too

cache=${XDG_CACHE_HOME:-$HOME/.cache}/berth
label=berth.tree
mkdir -p "$cache/debs/partial"

die() { echo "${0##*/}: $*" >&2; exit 1; }

command -v docker >/dev/null || die "no docker command line tool found: apt-get install docker.io"

# key_of WORD...: a short digest of the words and of these scripts; another recipe is another key.
key_of() {
  { printf '%s\n' "$@" "$(dpkg --print-architecture)"; cat "$0" "${BASH_SOURCE[0]}"; } | sha256sum | cut -c1-16
}

# apt_alone STATUS WORD...: apt-get on the host's sources, but as if only the packages in the file STATUS were installed.
apt_alone() {
  local status=$1; shift
  apt-get -qq -y --no-install-recommends -o Debug::NoLocking=1 -o APT::Sandbox::User="$(id -un)" \
    -o Dir::State::status="$status" -o Dir::State::extended_states=/dev/null "$@"
}

# fetch_packages WORK PRESENT PACKAGE...: downloads the packages and all they depend on, and prints the files' names.
# PRESENT are packages taken as installed: what they would bring in is not needed in a container.
fetch_packages() {
  local work=$1 present=$2 name; shift 2
  for name in $present; do
    printf 'Package: %s\nStatus: install ok installed\nArchitecture: all\nMulti-Arch: foreign\nVersion: 999\n' "$name"
    [ "$name" != mawk ] || echo 'Provides: awk'
    echo
  done > "$work/status"
  mkdir -p "$work/none/partial"
  apt_alone "$work/status" -o Dir::Cache::archives="$work/none" --print-uris install "$@" > "$work/uris" ||
    die "apt does not know these packages: $*. Debian 12's sources are needed: apt-get update"
  (
    flock 9
    apt_alone "$work/status" -o Dir::Cache::archives="$cache/debs" --download-only install "$@" >&2
  ) 9> "$cache/debs.lock" || die "apt could not download the packages; run again, what is there is kept"
  awk -v dir="$cache/debs/" '/^'\''/ { print dir $2 }' "$work/uris"
}

# new_tree ROOT: an empty file system with Debian's merged /usr and the users our images run as.
new_tree() {
  local root=$1 dir
  mkdir -p "$root"/{etc,usr/{bin,sbin,lib,lib64},proc,sys,dev,run,root,home,var/{lib,tmp},tmp}
  for dir in bin sbin lib lib64; do ln -s "usr/$dir" "$root/$dir"; done
  chmod 1777 "$root/tmp" "$root/var/tmp"
  chmod 700 "$root/root"
  printf '%s\n' root:x:0:0:root:/root:/bin/sh app:x:1000:1000::/app:/bin/false \
    redis:x:1001:1001::/var/lib/redis:/bin/false postgres:x:1002:1002::/var/lib/postgresql:/bin/sh \
    nobody:x:65534:65534::/nonexistent:/bin/false > "$root/etc/passwd"
  printf '%s\n' root:x:0: app:x:1000: redis:x:1001: postgres:x:1002: nogroup:x:65534: > "$root/etc/group"
  printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' > "$root/etc/nsswitch.conf"
}

# unpack ROOT DEB...: files only, no maintainer script runs; /bin, /lib and so on stay links into /usr.
unpack() {
  local root=$1 deb; shift
  mkdir -p "$root"
  for deb in "$@"; do
    dpkg-deb --fsys-tarfile "$deb" | tar -xp -C "$root" --keep-directory-symlink --no-same-owner
  done
}

# link_applets ROOT [APPLET...]: names busybox answers to, all that are not there by then unless some are given.
link_applets() {
  local root=$1 applet; shift
  [ $# -gt 0 ] || mapfile -t < <("$root/usr/bin/busybox" --list) && set -- "$@" "${MAPFILE[@]}"
  for applet in "$@"; do
    [ -e "$root/usr/bin/$applet" ] || [ -e "$root/usr/sbin/$applet" ] || ln -s busybox "$root/usr/bin/$applet"
  done
}

# keep_tree WORK FILE: packs WORK/root, everything owned by root, the same bytes for the same tree. Trees of older recipes go.
keep_tree() {
  tar -c -C "$1/root" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -f "$1/tree.tar" .
  mv "$1/tree.tar" "$2"
  find "$cache" -maxdepth 1 -name '*.tar' -mtime +0 -delete
}

# tree NAME KEY MAKE: prints the file of the tree of this recipe; if it isn't kept, 'MAKE WORK' puts it into WORK/root first.
# One at a time for each name, so a work folder found here is what an interrupted run left.
tree() {
  local name=$1 file=$cache/$1-$2.tar make=$3 work
  (
    flock 8
    if [ "${fresh:-}" ] || ! [ -e "$file" ]; then
      rm -rf "$cache/$name".work.*
      work=$(mktemp -d "$cache/$name.work.XXXXXX")
      # shellcheck disable=SC2064 # this very folder
      trap "rm -rf '$work'" EXIT
      new_tree "$work/root"
      "$make" "$name" "$work" >&2
      keep_tree "$work" "$file"
    fi
  ) 8> "$cache/$name.lock"
  echo "$file"
}

# image_is IMAGE KEY: whether the engine has this image, made by this recipe. An engine out of reach ends the script.
image_is() {
  local found
  if found=$(docker image inspect -f "{{index .Config.Labels \"$label\"}}" "$1" 2>&1); then
    [ "$found" = "$2" ]
  else
    case $found in *[Nn]o\ such\ image*) return 1 ;; *) die "no engine answers, DOCKER_HOST says which: ${found//$'\n'/}" ;; esac
  fi
}

# load_tree FILE IMAGE KEY CHANGE...: gives the tree to the engine as an image. The image it takes the name of goes if it is unused.
load_tree() {
  local file=$1 image=$2 key=$3 change changes=() old; shift 3
  old=$(docker image inspect -f '{{.Id}}' "$image" 2> /dev/null || true)
  for change in "LABEL $label=$key" "$@"; do changes+=(--change "$change"); done
  docker import "${changes[@]}" "$file" "$image" > /dev/null
  [ -z "$old" ] || docker image rm "$old" > /dev/null 2>&1 || true
  echo "$image: loaded ($(du -h "$file" | cut -f1))"
}

# at_once FUNCTION WORD...: calls the function for every word, all at the same time; fails when one fails.
at_once() {
  local call=$1 word pid pids=() failed=0; shift
  for word in "$@"; do "$call" "$word" & pids+=($!); done
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  return $failed
}
