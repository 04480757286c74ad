#!/bin/sh
# Copies a gateway's state folder into a new folder, while it is running. A store on PostgreSQL is not in it.
#   [AUDIT=FOLDER] [STORE=FILE] backup.sh STATE TARGET [SECRETS]
# SECRETS is the folder of [store] secrets_directory, which lies outside the state: a store on PostgreSQL is of no use without.
# AUDIT is the folder of [audit] directory, where that is not STATE/audit; STORE the file of [store] url (sqlite:///FILE), where
# that is not STATE/gateway.db. In the copy they stand at those places, and restore.sh puts them where it is told in the same words.
# All is copied but what is made anew. The order matters: the ledger after the databases and the history of policies, so
# that whatever those hold is on record in it, and the keys after the ledger, so that every key that signed in it is there.
# What changes meanwhile and would not fit (a policy put in force, a first checkpoint, a rotation, a new epoch): then all is
# copied again. A last line that is still being written is kept aside when the copy is taken into use.
set -eu
umask 077
state=$1
target=$2
shared=${3:-}
audit=${AUDIT:-$state/audit}
store=${STORE:-$state/gateway.db}
python=${PYTHON:-python3}
LC_ALL=C # what went wrong is looked for in what programs say
export LC_ALL

if [ -e "$target" ]; then
    echo "backup: $target is there already; nothing was copied" >&2
    exit 2
fi
if ! [ -r "$state/secrets" ]; then
    echo "backup: $state/secrets cannot be read: is it there, and do you run this as root or as the state's owner?" >&2
    exit 2
fi
if ! [ -d "$audit" ] || ! [ -r "$audit" ]; then
    echo "backup: $audit holds no ledger that can be read; where [audit] directory names another folder than STATE/audit:" \
        "AUDIT=FOLDER backup.sh …" >&2
    exit 2
fi
if [ -n "${AUDIT:-}" ] && ! [ -d "$audit/keys" ] && ! [ -d "$audit/checkpoints" ]; then
    echo "backup: $audit is no ledger, which has folders keys and checkpoints: name the one of [audit] directory" >&2
    exit 2
fi
if [ -n "${STORE:-}" ] && ! [ -r "$store" ]; then
    echo "backup: $store cannot be read: is it the file of [store] url?" >&2
    exit 2
fi
if [ -n "$shared" ] && ! [ -r "$shared/tokens" ]; then
    echo "backup: $shared holds no secrets that can be read: is it [store] secrets_directory?" >&2
    exit 2
fi
# A backup within what is copied would be in every later one, secrets and all.
holder=$("$python" - "$target" "$state" "$audit" ${shared:+"$shared"} <<'PYTHON'
import os, sys
target = os.path.realpath(sys.argv[1]) + os.sep
print(next((one for one in sys.argv[2:] if target.startswith(os.path.realpath(one) + os.sep)), ""))
PYTHON
)
if [ -n "$holder" ]; then
    echo "backup: $target lies in $holder, which is copied: name a place outside of it; nothing was copied" >&2
    exit 2
fi
if ! told=$(mkdir -p "$target.part" 2>&1) || ! [ -w "$target.part" ]; then
    echo "backup: $target.part cannot be made or written (${told:-no permission}); nothing was copied" >&2
    exit 2
fi
copy_database() {
    "$python" - "$1" "$2" <<'PYTHON'
import sqlite3, sys
try:
    source = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
    with sqlite3.connect(sys.argv[2]) as target:
        source.backup(target)
except sqlite3.Error as error:
    sys.exit(f"{sys.argv[1]}: {error}")
PYTHON
}
# What is being written has another name until it is whole, and is gone under it a moment later. More names to leave out may follow:
# with the lock files of the gateway's own folder in it, a copy of the ledger is taken for the ledger that a gateway works in.
copy_folder() {
    "$python" - "$@" <<'PYTHON'
import shutil, sys
try:
    shutil.copytree(sys.argv[1], sys.argv[2], symlinks=True, ignore=shutil.ignore_patterns("*.new", ".draft-*", *sys.argv[3:]))
except shutil.Error as error:
    _, _, first = error.args[0][0]
    sys.exit(f"{first}, and so for {len(error.args[0]) - 1} more")
except OSError as error:
    sys.exit(str(error))
PYTHON
}
# A file that was compressed or deleted while it was copied fails here, and all is copied again.
copy_all() {
    rm -rf "$target.part"
    mkdir -p "$target.part" || return 1
    for path in "$state"/*; do
        name=${path##*/}
        case $name in
            audit | secrets | gateway.db | audit-index | metrics | shipping | *.lock | *.new | *-wal | *-shm) ;;
            *) if [ -d "$path" ]; then copy_folder "$path" "$target.part/$name"; else cp -p "$path" "$target.part/$name"; fi || return 1 ;;
        esac
    done
    ! [ -e "$store" ] || copy_database "$store" "$target.part/gateway.db" || return 1
    copy_folder "$audit" "$target.part/audit" lock '*.lock' && copy_folder "$state/secrets" "$target.part/secrets" || return 1
    [ -z "$shared" ] || copy_folder "$shared" "$target.part/shared-secrets" || return 1
    # Root's copy is the service's all the same: what is restored from it must be what the service can open.
    [ "$(id -u)" != 0 ] || chown -R "$(stat -c %u:%g "$state/secrets")" "$target.part"
}
# What is kept of the clock is written ever again, and an older one fits as well.
list_keys() {
    find "$state/secrets" "$audit/keys" "$state/policy" -type f ! -name '.*' ! -name '*.new' ! -name 'clock.*' 2>/dev/null | sort | xargs cksum
}

recorded=$(find "$audit" -type f -name '*.jsonl*' -exec ls -td {} + 2>/dev/null | head -n 1)
recorded=${recorded:+$(date -u -r "$recorded" +%Y-%m-%dT%H:%M:%SZ)}
# Looked at before it is copied: to read the store makes an empty -wal beside it.
newest=$(find "$store" "$store-wal" -size +0c -exec ls -td {} + 2>/dev/null | head -n 1)
written=$(date -u -r "${newest:-$store}" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null) || written=
tries=0
why=
while [ "$tries" -lt 10 ]; do
    if before=$(list_keys) && why=$(copy_all 2>&1) && [ "$before" = "$(list_keys)" ]; then
        mv "$target.part" "$target"
        echo "backup: $target"
        echo "backup: the ledger in it is $audit, last written ${recorded:-never}; where [audit] directory names another:" \
            "AUDIT=FOLDER backup.sh …"
        [ -n "$shared" ] || echo "backup: of the state folder alone: where [store] secrets_directory is set, name that folder" \
            "as the third argument; without its secrets no gateway starts on the store of this backup"
        if [ -e "$target/gateway.db" ]; then
            echo "backup: the store in it is $store, last written $written; where [store] url" \
                "names another, that one is not in it"
        else
            echo "backup: no store is in it: one on PostgreSQL is dumped before this (operators.md, What lies" \
                "where, and what to back up); where [store] url names a file elsewhere: STORE=FILE backup.sh …"
        fi
        exit 0
    fi
    case $why in
        "" | *"No such file or directory"* | *"database is locked"*) ;; # what changed meanwhile: that may end
        *)
            rm -rf "$target.part"
            echo "backup: it could not be copied; nothing was kept: $why" >&2
            exit 1
            ;;
    esac
    tries=$((tries + 1))
    sleep 1
done
rm -rf "$target.part"
echo "backup: files changed each time while they were copied; nothing was kept, try again. The last time: ${why:-keys or policies}" >&2
exit 1
