"""What a program does with a client that was generated: run by the test beside it.

Arguments: the folder of the client, the origin, an access token. The client's own environment has
nothing of ours.
"""

import sys

import httpx

FOLDER, ORIGIN, TOKEN = sys.argv[1:]
sys.path.insert(0, FOLDER)

from kith_client import AuthenticatedClient, Client  # type: ignore[import-not-found]  # noqa: E402
from kith_client.api.contacts import (  # type: ignore[import-not-found]  # noqa: E402
    create_contact,
    get_contact,
    replace_contact,
)
from kith_client.models import ContactCreate, GatewayMessage  # type: ignore[import-not-found]  # noqa: E402

PATIENCE = httpx.Timeout(60)
alice = AuthenticatedClient(base_url=ORIGIN, token=TOKEN, timeout=PATIENCE)
forger = AuthenticatedClient(base_url=ORIGIN, token="a.b.c", timeout=PATIENCE)
nobody = Client(base_url=ORIGIN, timeout=PATIENCE)
ada = ContactCreate(first_name="Ada")

created = create_contact.sync_detailed(client=alice, body=ada)
assert created.status_code == 201, created
contact = created.parsed
assert get_contact.sync(contact.id, client=alice).first_name == "Ada"

nameless = create_contact.sync_detailed(client=alice, body=ContactCreate())
assert nameless.status_code == 422, nameless
assert nameless.parsed.code == "invalid"

stale = replace_contact.sync_detailed(contact.id, client=alice, body=ada, if_match='"99"')
assert stale.status_code == 412, stale
assert stale.parsed.etag == contact.etag

for client, status in ((forger, 403), (nobody, 401)):
    refused = create_contact.sync_detailed(client=client, body=ada)
    assert refused.status_code == status, refused
    assert isinstance(refused.parsed, GatewayMessage), refused
