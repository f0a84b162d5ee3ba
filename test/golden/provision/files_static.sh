# Installing Docker from the files that were sent...
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
cd /var/lib/berth-engine
for archive in ./*.tgz; do tar -xzf "$archive" --strip-components=1 -C /usr/local/bin; done
if [ -d /run/systemd/system ]; then
  cat > /etc/systemd/system/containerd.service <<'END'
[Unit]
Description=containerd
After=network.target

[Service]
ExecStart=/usr/local/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
LimitNOFILE=infinity

[Install]
WantedBy=multi-user.target
END
  cat > /etc/systemd/system/docker.service <<'END'
[Unit]
Description=Docker Engine
After=network-online.target containerd.service
Wants=network-online.target
Requires=containerd.service

[Service]
Type=notify
ExecStart=/usr/local/bin/dockerd -H unix:///var/run/docker.sock --containerd=/run/containerd/containerd.sock
ExecReload=/bin/kill -s HUP $MAINPID
Environment=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
Delegate=yes
KillMode=process
Restart=always
LimitNOFILE=infinity

[Install]
WantedBy=multi-user.target
END
  systemctl daemon-reload
fi
getent group docker >/dev/null 2>&1 || groupadd -r docker 2>/dev/null || addgroup -S docker
