#!/bin/sh
# Puts a backup in the place of a state folder that is not there any more. The gateway must not be running.
#   [AUDIT=FOLDER] [STORE=FILE] restore.sh BACKUP STATE [SECRETS]
# As root, where the folder of STATE is root's, as /var/lib is: what it brings back keeps its owner.
# SECRETS is the folder of [store] secrets_directory, where that is lost, too; AUDIT and STORE as for backup.sh.
# Then, as the service's user: lpr-gateway audit verify, lpr-gateway doctor, and serve. A witness that took checkpoints
# after the backup takes none of the restored ledger: operators.md, A restored ledger and its witness. On another host that user may have
# another number: then first chown -R lpr-gateway: STATE
set -eu
umask 077
backup=$1
state=$2
shared=${3:-}
audit=${AUDIT:-}
store=${STORE:-}

if [ -n "$shared" ] && { [ -e "$shared" ] || ! [ -d "$backup/shared-secrets" ]; }; then
    echo "restore: $shared is there, or $backup holds no shared-secrets; nothing was restored" >&2
    exit 2
fi
# What SQLite keeps beside a store would be taken for the restored one's: newer records, or none that fit.
for place in "$state" "$audit" "$store" ${store:+"$store-wal"} ${store:+"$store-shm"} ${store:+"$store-journal"}; do
    if [ -n "$place" ] && [ -e "$place" ]; then
        echo "restore: $place is there; move it aside first, an auditor may need it" >&2
        exit 2
    fi
done
if [ -n "$store" ] && ! [ -e "$backup/gateway.db" ]; then
    echo "restore: $backup holds no gateway.db; nothing was restored" >&2
    exit 2
fi
# What a first try left that was cut off would be taken for this one, which would lie in a folder of it.
if [ -e "$state.part" ]; then
    echo "restore: $state.part is what is left of a restore that was cut off: delete it, and begin anew; nothing was restored" >&2
    exit 2
fi
mkdir -p "$(dirname "$state")"
cp -Rp "$backup" "$state.part"
# Locks of the processes that ran when the copy was made mean nothing here.
find "$state.part" -name '*.lock' -type f -delete
if [ -d "$state.part/shared-secrets" ]; then
    [ -z "$shared" ] || { mkdir -p "$(dirname "$shared")" && cp -Rp "$state.part/shared-secrets" "$shared"; }
    rm -rf "$state.part/shared-secrets"
fi
[ -z "$audit" ] || { mkdir -p "$(dirname "$audit")" && cp -Rp "$state.part/audit" "$audit" && rm -rf "$state.part/audit"; }
[ -z "$store" ] || { mkdir -p "$(dirname "$store")" && cp -p "$state.part/gateway.db" "$store" && rm "$state.part/gateway.db"; }
mv "$state.part" "$state"
echo "restore: $state, which belongs to $(stat -c %U "$state")"
if [ -d "$backup/shared-secrets" ] && [ -z "$shared" ]; then
    echo "restore: $backup/shared-secrets was left out, for no third argument names a folder for it: where the one of [store]" \
        "secrets_directory is lost, no gateway starts on the store until it is brought back:" \
        "cp -Rp $backup/shared-secrets FOLDER"
elif ! [ -d "$backup/shared-secrets" ]; then
    echo "restore: of the state folder alone: the backup holds no secrets of [store] secrets_directory; where that is set and lost," \
        "no gateway starts on the store until they are brought from another gateway"
fi
echo "restore: what was recorded after the backup is not in it, and a witness that took it takes nothing more" \
    "(operators.md, A restored ledger and its witness)"
echo "restore: where a sink of kind jsonl writes a file, rename that file before the start, and name a new index for" \
    "Elasticsearch: everything is shipped again (siem.md, After a restore)"
