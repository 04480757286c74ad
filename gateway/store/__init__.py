"""What the gateway itself keeps: keys, declared contexts, acknowledgements, approvals, usage.

A request finds its key, reads what is kept about its person, and reserves its place in the day's count, in that order.
Nothing is cached, so what is revoked is revoked; and no secret is ever kept, only its hash.
"""

from gateway.store.approvals import count_given_beyond, grant_approval
from gateway.store.keys import (
    IssuedKey,
    issue_key,
    list_altered_keys,
    list_keys,
    remove_altered_key,
    renew_key,
    revoke_key,
)
from gateway.store.shared_secrets import differing_secrets, digest_secret
from gateway.store.store import Store, StoredForPerson, open_store

__all__ = [
    "IssuedKey",
    "Store",
    "StoredForPerson",
    "count_given_beyond",
    "differing_secrets",
    "digest_secret",
    "grant_approval",
    "issue_key",
    "list_altered_keys",
    "list_keys",
    "open_store",
    "remove_altered_key",
    "renew_key",
    "revoke_key",
]
