"""An issuer of tokens: a certificate authority of its own, a server of its keys over https, and signed tokens.

`python issuer.py FOLDER` stores the authority (`authority.pem`) and the signing key in FOLDER, and serves the keys at
the address that it prints. OpenID Connect Discovery finds them there. The functions trust the authority, because
SSL_CERT_FILE names it in the emulator's environment.
"""

import base64
import datetime
import http.server
import ipaddress
import json
import math
import ssl
import sys
import time
from pathlib import Path

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

# The template's default.
AUDIENCE = "rekey"
KEY_ID = "first"


def private(key):
    encryption = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def certificate(key, signer, is_authority):
    """A certificate for this machine, or for an authority, that is valid for a day."""
    subject, issuer = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
                       for name in ("authority" if is_authority else "localhost", "authority")]
    now = datetime.datetime.now(datetime.timezone.utc)
    made = x509.CertificateBuilder(
        subject_name=subject, issuer_name=issuer, public_key=key.public_key(),
        serial_number=x509.random_serial_number(), not_valid_before=now - datetime.timedelta(hours=1),
        not_valid_after=now + datetime.timedelta(days=1),
    )
    made = made.add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    if not is_authority:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return made.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def make(folder):
    """Stores the authority, the server's certificate and the keys. Returns the signing key."""
    authority, server = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    signing = rsa.generate_private_key(65537, 2048)
    files = {
        "authority.pem": certificate(authority, authority, True),
        "server.pem": certificate(server, authority, False) + private(server),
        "signing.pem": private(signing),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return signing


def key_set(signing):
    """The public key as a JWKS."""
    numbers = signing.public_key().public_numbers()

    def encoded(number):
        whole = number.to_bytes((number.bit_length() + 7) // 8, "big")
        return base64.urlsafe_b64encode(whole).rstrip(b"=").decode()

    key = {"kty": "RSA", "kid": KEY_ID, "alg": "RS256", "use": "sig"}
    return json.dumps({"keys": [{**key, "n": encoded(numbers.n), "e": encoded(numbers.e)}]}).encode()


def token(folder, **claims):
    """A token that is valid for ten minutes, with these claims beside or instead of its own.

    It is issued at the next whole second: a sign-in in the second of a revocation counts as earlier than that.
    """
    now = math.ceil(time.time())
    usual = {"aud": AUDIENCE, "iat": now, "auth_time": now, "exp": now + 600, "sub": "test"}
    return jwt.encode(usual | claims, (folder / "signing.pem").read_bytes(), "RS256", {"kid": KEY_ID})


def serve(folder):
    pages = {"/keys": key_set(make(folder))}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = pages.get(self.path, b"")
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = f"https://127.0.0.1:{server.server_port}"
    found = {"issuer": url, "jwks_uri": f"{url}/keys"}
    pages["/.well-known/openid-configuration"] = json.dumps(found).encode()
    print(f"listening on {url}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
