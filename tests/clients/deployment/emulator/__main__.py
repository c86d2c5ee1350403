"""ministack 1.5.33 with the gaps closed that would hide a mistake in infra/template.yaml.

`python emulator` listens on loopback, on a free port, with permissions enforced. It prints `listening on URL` once it
serves. Functions inherit its environment: they trust the authority that SSL_CERT_FILE names.
"""

import os
import socket
import threading
import time
import urllib.request


def free_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


PORT = str(free_port())
URL = f"http://127.0.0.1:{PORT}"
# ministack reads these when it is imported, and passes the address and the region on to the functions.
os.environ |= {
    "BIND_HOST": "127.0.0.1",
    "GATEWAY_PORT": PORT,
    "AWS_ENDPOINT_URL": URL,
    "AUTH": "true",
    "MINISTACK_REGION": os.environ["AWS_DEFAULT_REGION"],
    # Two listeners that it would open beside its own.
    "IOT_MTLS_ENABLED": "0",
    "SFTP_ENABLED": "0",
}

# Importing a module closes its gaps.
import control  # noqa: E402, F401
import gateway  # noqa: E402, F401
import invocations  # noqa: E402, F401
import reports  # noqa: E402, F401
import templates  # noqa: E402, F401
from ministack import app  # noqa: E402


def announce():
    while True:
        try:
            urllib.request.urlopen(f"{URL}/_ministack/health").close()
            break
        except OSError:
            time.sleep(0.1)
    print(f"listening on {URL}", flush=True)


threading.Thread(target=announce, daemon=True).start()
app.main()
