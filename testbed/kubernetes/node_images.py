# SPDX-License-Identifier: MIT
"""Images of one static program each, as OCI archives: that of every pod's sandbox, which waits."""

import hashlib
import io
import json
import platform
import subprocess
import tarfile

PAUSE = "localhost/kasten-pause:1"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
WAIT = """\
#include <signal.h>
#include <unistd.h>
static void end(int number) { _exit(128 + number); }
int main(void)
{
    signal(SIGTERM, end);
    signal(SIGINT, end);
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        pause();
    }
}
"""


def _tar(files):
    """A tar of {name: (mode, bytes)}."""
    text = io.BytesIO()
    with tarfile.open(fileobj=text, mode="w") as tar:
        for name, (mode, data) in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), mode
            tar.addfile(entry, io.BytesIO(data))
    return text.getvalue()


def make_archive(directory, image, source):
    """Compiles a C program and returns the path of an archive that names itself `image`."""
    program, archive = directory / "program", directory / "program.oci.tar"
    subprocess.run(["gcc", "-static", "-Os", "-s", "-x", "c", "-", "-o", str(program)], check=True,
                   input=source.encode(), timeout=60)
    blobs = {}

    def blob(data, media_type):
        digest = hashlib.sha256(data).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = (0o644, data)
        return {"mediaType": f"application/vnd.oci.image.{media_type}", "size": len(data),
                "digest": f"sha256:{digest}"}

    def document(value, media_type):
        return blob(json.dumps(value).encode(), media_type)

    layer = blob(_tar({"program": (0o755, program.read_bytes())}), "layer.v1.tar")
    config = document({"architecture": ARCHITECTURES[platform.machine()], "os": "linux",
                       "config": {"Entrypoint": ["/program"], "User": "65535:65535"},
                       "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}}, "config.v1+json")
    manifest = document({"schemaVersion": 2, "config": config, "layers": [layer]}, "manifest.v1+json")
    manifest["annotations"] = {"io.containerd.image.name": image}
    index = json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode()
    archive.write_bytes(_tar({"oci-layout": (0o644, b'{"imageLayoutVersion": "1.0.0"}'),
                              "index.json": (0o644, index), **blobs}))
    return archive
