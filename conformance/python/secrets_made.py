"""What the tests of TLS and tokens need: certificates, keys and tokens, made anew each time."""

import base64
import datetime
import time
import ipaddress
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(datetime.timezone.utc)


def name_of(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class Authority:
    """One who signs certificates."""

    def __init__(self, name):
        self.name, self.key = name, ec.generate_private_key(ec.SECP256R1())
        self.certificate = (
            x509.CertificateBuilder().subject_name(name_of(name)).issuer_name(name_of(name)).public_key(self.key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(NOW - datetime.timedelta(days=1)).not_valid_after(NOW + datetime.timedelta(days=9))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def sign(self, name, folder, stem):
        """A certificate for `localhost` and 127.0.0.1; gives the paths of it and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        certificate = (
            x509.CertificateBuilder().subject_name(name_of(name)).issuer_name(name_of(self.name)).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(NOW - datetime.timedelta(days=1)).not_valid_after(NOW + datetime.timedelta(days=9))
            .add_extension(names, critical=False).add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )
        paths = folder / f"{stem}.pem", folder / f"{stem}-key.pem"
        paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        paths[1].write_bytes(pem(key))
        return paths


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Issuer:
    """One who signs tokens, with a key of each kind."""

    def __init__(self):
        self.keys = {"RS256": rsa.generate_private_key(65537, 2048), "ES256": ec.generate_private_key(ec.SECP256R1()), "EdDSA": ed25519.Ed25519PrivateKey.generate()}

    def jwks(self):
        rsa_key, ec_key = self.keys["RS256"].public_key().public_numbers(), self.keys["ES256"].public_key().public_numbers()
        ed_key = self.keys["EdDSA"].public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return {"keys": [
            {"kty": "RSA", "kid": "RS256", "use": "sig", "n": number(rsa_key.n), "e": number(rsa_key.e)},
            {"kty": "EC", "crv": "P-256", "kid": "ES256", "x": b64(ec_key.x.to_bytes(32, "big")), "y": b64(ec_key.y.to_bytes(32, "big"))},
            {"kty": "OKP", "crv": "Ed25519", "kid": "EdDSA", "x": b64(ed_key)},
            {"kty": "RSA", "kid": "encrypts", "use": "enc", "n": number(rsa_key.n), "e": number(rsa_key.e)},
        ]}

    def sign(self, algorithm, message):
        key = self.keys[algorithm]
        if algorithm == "RS256":
            return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        if algorithm == "EdDSA":
            return key.sign(message)
        r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def token(self, algorithm="ES256", header=None, signature=None, **claims):
        seconds = time.time()
        told = {"iss": "https://issuer.example", "aud": "spanwise", "exp": seconds + 600, "spanwise_models": ["churn"], **claims}
        told = {name: value for name, value in told.items() if value is not None}
        parts = {"alg": algorithm, "typ": "JWT", "kid": algorithm, **(header or {})}
        parts = {name: value for name, value in parts.items() if value is not None}
        message = f"{b64(json.dumps(parts).encode())}.{b64(json.dumps(told).encode())}"
        signature = self.sign(algorithm, message.encode()) if signature is None else signature(message.encode())
        return f"{message}.{b64(signature)}"
