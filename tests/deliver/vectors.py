"""Signatures as the reference implementation of Standard Webhooks makes them, to hold src/deliver/signature.rs against.

    pip install standardwebhooks==1.1.0 && python tests/deliver/vectors.py > tests/deliver/vectors.tsv
"""

import base64
from datetime import datetime, timezone

from standardwebhooks.webhooks import Webhook

KNOWN = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CASES = [
    (KNOWN, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}'),
    (KNOWN, "00000000000000000000000000000000", 1790000000, ""),
    (KNOWN, "a.b.c", 1, "."),
    ("whsec_" + base64.b64encode(bytes(range(64))).decode(), "f00d", 1790000000, '{"data":{"account":"Größe & Söhne <b>"}}'),
    ("whsec_" + base64.b64encode(b"\xff" * 24).decode(), "f00d", 4102444800, "x" * 3000),
]

for secret, identity, timestamp, body in CASES:
    signature = Webhook(secret).sign(identity, datetime.fromtimestamp(timestamp, timezone.utc), body)
    print(secret, identity, timestamp, body, signature, sep="\t")
