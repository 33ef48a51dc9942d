# SPDX-License-Identifier: MIT
"""Certificate authorities and keys of a test cluster, made with the openssl CLI."""

import base64
import json
import os
import pathlib
import subprocess
import time

DAYS = 30


def _openssl(*words, text=None):
    run = subprocess.run(["openssl", *words], input=text, capture_output=True, timeout=60,
                         check=False)
    if run.returncode != 0:
        raise RuntimeError(f"openssl {words[0]}: {run.stderr.decode()}")
    return run.stdout


def _new_key(path):
    _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
             str(path))
    os.chmod(path, 0o600)


class Pair:
    """A certificate and its key."""

    def __init__(self, directory, name):
        self.pem = pathlib.Path(directory) / f"{name}.pem"
        self.key = pathlib.Path(directory) / f"{name}.key"


class Authority(Pair):
    """A CA of its own; `issue` signs."""

    def __init__(self, directory, name):
        super().__init__(directory, name)
        pathlib.Path(directory).mkdir(parents=True, exist_ok=True)
        _new_key(self.key)
        _openssl("req", "-x509", "-new", "-key", str(self.key), "-subj", f"/CN={name}", "-days",
                 str(DAYS), "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out",
                 str(self.pem))

    def issue(self, name, common_name, organization=None, names=()):
        """A pair signed by this CA: for a server when it has `names`, e.g. "IP:127.0.0.1"."""
        pair = Pair(self.pem.parent, name)
        subject = (f"/O={organization}" if organization else "") + f"/CN={common_name}"
        extensions = ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature",
                      "extendedKeyUsage=" + ("serverAuth,clientAuth" if names else "clientAuth")]
        if names:
            extensions.append("subjectAltName=" + ",".join(names))
        _new_key(pair.key)
        request = _openssl("req", "-new", "-key", str(pair.key), "-subj", subject)
        profile = pair.pem.with_suffix(".ext")
        profile.write_text("\n".join(extensions) + "\n", encoding="utf-8")
        _openssl("x509", "-req", "-CA", str(self.pem), "-CAkey", str(self.key), "-CAcreateserial",
                 "-days", str(DAYS), "-extfile", str(profile), "-out", str(pair.pem), text=request)
        return pair


class TokenKey:
    """The key that a cluster signs its ServiceAccounts' tokens with."""

    def __init__(self, directory):
        self.private = pathlib.Path(directory) / "service-account.key"
        self.public = pathlib.Path(directory) / "service-account.pub"
        _openssl("genrsa", "-out", str(self.private), "2048")
        _openssl("rsa", "-in", str(self.private), "-pubout", "-out", str(self.public))

    def sign(self, claims):
        """A JWT of these claims. The API server itself gives none for less than ten minutes."""
        head = {"alg": "RS256", "typ": "JWT"}
        body = ".".join(_url64(json.dumps(part).encode()) for part in (head, claims))
        signature = _openssl("dgst", "-sha256", "-sign", str(self.private), text=body.encode())
        return f"{body}.{_url64(signature)}"


def _url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims_of(token):
    """What a token says. No signature is checked."""
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def token_for(key, claims, seconds):
    """The token with these claims, valid from an hour ago on and for so many seconds more."""
    now = int(time.time())
    return key.sign({**claims, "iat": now - 3600, "nbf": now - 3600, "exp": now + seconds})
