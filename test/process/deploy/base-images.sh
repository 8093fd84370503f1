#!/usr/bin/env bash
# Makes the two images that deploy/Dockerfile starts from, of files of this Debian's own packages, since no registry of
# images is asked here: altalune-base-run, with libc and libstdc++ alone, as distroless' cc has them; and altalune-base-build,
# with a shell, Node and npm too. Its arguments are where buildah keeps images.
set -euo pipefail
folder=$(mktemp -d /tmp/altalune-base-XXXXXX)
trap 'rm -rf $folder' EXIT
certificates=/etc/ssl/certs/ca-certificates.crt

root_of() {
  mkdir -p "$folder/$1"/{etc,root,tmp,usr/bin,usr/lib,usr/lib64,usr/sbin,usr/local/bin}
  chmod 1777 "$folder/$1/tmp"
  for place in bin lib lib64 sbin; do ln -s usr/$place "$folder/$1/$place"; done
  printf 'root:x:0:0::/root:/bin/sh\nnonroot:x:65532:65532::/:/bin/false\n' >"$folder/$1/etc/passwd"
  dpkg -L "${@:2}" | grep -v '^/usr/share\|^package diverts' | while read -r file; do
    if [ -f "$file" ] || [ -L "$file" ]; then echo "${file#/}"; fi
  done | tar -C / -cf - --no-recursion --files-from=- | tar -C "$folder/$1" --keep-directory-symlink -xf -
}

image_of() {
  container=$(buildah "${storage[@]}" from scratch)
  buildah "${storage[@]}" add --quiet "$container" "$folder/$1" / >/dev/null
  buildah "${storage[@]}" config "${@:2}" "$container"
  buildah "${storage[@]}" commit --quiet --rm "$container" "altalune-base-$1"
}

storage=("$@")
libraries=(libc6 libgcc-s1 libstdc++6)
root_of run "${libraries[@]}"
root_of build "${libraries[@]}" dash coreutils libacl1 libattr1 libgmp10 libpcre2-8-0 libselinux1
node=$(readlink -f "$(command -v node)")
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
cp "$node" "$folder/build/usr/bin/node"
cp -r "$npm" "$folder/build/usr/lib/npm"
ln -s ../lib/npm/bin/npm-cli.js "$folder/build/usr/bin/npm"
image_of run --user 65532
image_of build --env HOME=/root --env npm_config_prefer_offline=true --env npm_config_audit=false \
  --env NODE_EXTRA_CA_CERTS=$certificates --env npm_config_cafile=$certificates
