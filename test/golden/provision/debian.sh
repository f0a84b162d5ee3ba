# Installing Docker from the packages of the system (debian)...
set -e
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL PATH
unlocked() {
  said= tries=600
  while :; do
    status=0
    output=$("$@" 2>&1) || status=$?
    case $status:$output in
      0:*) [ -z "$output" ] || printf '%s\n' "$output"; return 0 ;;
      *"Could not get lock"* | *"Unable to acquire the dpkg"* | *"locked by another process"* | *"nable to lock database"* | \
        *"System management is locked"* | *"Unable to lock"* | *"is another process using it"*)
        [ $tries -gt 0 ] || break
        tries=$((tries - 1))
        [ -n "$said" ] || echo "berth: waiting for another process that holds the package manager's lock"
        said=yes
        sleep 2 ;;
      *) break ;;
    esac
  done
  printf '%s\n' "$output" >&2
  return $status
}
if [ -d /run/systemd/system ]; then
  systemctl mask --runtime -q docker.service docker.socket
fi
export DEBIAN_FRONTEND=noninteractive
unlocked dpkg --configure -a
update() { unlocked apt-get -qq update; }
install() { unlocked apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold install "$@"; }
find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -ctime -1 2>/dev/null | grep -q . || update
packages=docker.io
for needed in ca-certificates iptables; do
  dpkg -s $needed >/dev/null 2>&1 || packages="$packages $needed"
done
if apt-cache show docker-cli >/dev/null 2>&1; then packages="$packages docker-cli"; fi
install $packages || { update; install $packages; }
