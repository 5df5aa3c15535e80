#!/usr/bin/env bash
# Both commands of the README on a machine that has nothing but Debian's base system, Node and npm.
#
#   scripts/fresh-machine.sh FOLDER [USER [COMMAND]]   as root; debootstrap makes the machine in FOLDER if it is new
#
# USER (root if left out) is who runs the commands in it; COMMAND takes the place of `npm test`. Node, npm and what leads
# to the network (resolver, certificates, settings of npm and pip) are those of the machine at hand.
set -euo pipefail
folder=$(realpath -m "${1:?Name a folder for the machine: scripts/fresh-machine.sh FOLDER}")
user=${2:-root}
command=${3:-npm test}
repository=$(realpath "$(dirname "$0")/..")

[ -e "$folder/etc/debian_version" ] || debootstrap --variant=minbase --include=ca-certificates bookworm "$folder"
cp -L /etc/resolv.conf /etc/hosts "$folder/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/"
[ ! -e /etc/pip.conf ] || cp /etc/pip.conf "$folder/etc/"
npm=$folder/usr/local/lib/node_modules/npm
mkdir -p "$(dirname "$npm")"
cp "$(readlink -f "$(command -v node)")" "$folder/usr/local/bin/node"
cp -rT "$(npm root -g)/npm" "$npm"
for name in npm npx; do ln -sf "../lib/node_modules/npm/bin/$name-cli.js" "$folder/usr/local/bin/$name"; done

[ "$user" = root ] || chroot "$folder" id "$user" >/dev/null 2>&1 || chroot "$folder" useradd --create-home "$user"
home=$(chroot "$folder" sh -c "echo ~$user")
[ ! -e ~/.npmrc ] || cp ~/.npmrc "$folder$home/"
rm -rf "$folder$home/atelier"
git clone --quiet "$repository" "$folder$home/atelier"
chroot "$folder" chown -R "$user:" "$home"

# Mounts of a namespace of its own end with it.
exec unshare --mount --pid --fork --kill-child bash -euo pipefail -c '
  folder=$1 user=$2
  mount -t proc proc "$folder/proc"
  mount --rbind /dev "$folder/dev"
  exec env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    chroot "$folder" su "$user" --preserve-environment --shell /bin/bash -c "$3"
' - "$folder" "$user" "
  export HOME=$home PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin && cd ~/atelier
  npm start -- --no-open >~/start.log 2>&1 &
  until grep -q 'Atelier is at' ~/start.log; do
    kill -0 \$! 2>/dev/null || { cat ~/start.log; exit 1; }
    sleep 1
  done
  cat ~/start.log
  address=\$(grep -o 'http://[^ ]*' ~/start.log)
  node -e 'fetch(process.argv[1]).then(async (page) => console.log(page.status, await page.text()))' \$address
  kill \$!
  $command
"
