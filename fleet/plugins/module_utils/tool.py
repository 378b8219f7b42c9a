# SPDX-License-Identifier: Apache-2.0
"""Runs the holdfast tool, and keeps what a rollout knows of a host in files on that host."""

from __future__ import annotations

import hashlib
import json
import os

BOOT_ID = "/proc/sys/kernel/random/boot_id"

ARGUMENTS = {
    "directory": {"type": "path", "default": "/var/lib/holdfast-fleet"},
    "executable": {"type": "str", "default": "holdfast"},
}

TARGET_ARGUMENTS = {
    "kernel": {"type": "path", "required": True},
    "initrd": {"type": "path"},
    "command_line": {"type": "str"},
}


def holdfast(module, *arguments):
    """The exit code of a verb, and the document that it printed."""
    line = [module.params["executable"], *arguments, "--json"]
    code, out, err = module.run_command(line)
    try:
        document = json.loads(out)
    except ValueError:
        module.fail_json(
            msg="%s ended with exit code %d and printed no JSON: %s" % (" ".join(line), code, err.strip())
        )
    error = document.get("error")
    if error:
        module.fail_json(msg=sentence(error.get("problem", ""), error.get("remedy", "")), document=document)
    return code, document


def passed(module, code, audit):
    """What an audit says; fails with its reason and remedy where it found something wrong."""
    if code != 0:
        module.fail_json(msg=sentence(audit["reason"], audit["remedy"]), audit=audit)
    return audit


def sentence(reason, remedy):
    """What is wrong and what to do, in one line."""
    return reason + (". To do: " + remedy if remedy else "")


def sha256(path):
    """The checksum of a file; empty where there is no path."""
    if not path:
        return ""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def target(module):
    """What the host is to run: two hosts with the same are the same. Fails if a file of it is missing, but in check mode, where the
    task that installs it has only said so."""
    params = module.params
    try:
        kernel, initrd = sha256(params["kernel"]), sha256(params["initrd"])
    except OSError as error:
        if not module.check_mode:
            module.fail_json(msg=sentence(str(error), "install the kernel on the host first"))
        kernel, initrd = "not installed yet", "not installed yet"
    return {"kernel": kernel, "initrd": initrd, "commandLine": params["command_line"] or ""}


def read(directory, name):
    """A document of an earlier run, or None."""
    try:
        with open(os.path.join(directory, name), encoding="utf-8") as file:
            return json.load(file)
    except (FileNotFoundError, ValueError):
        return None


def write(directory, name, document):
    """Replaces a document as a whole."""
    path = os.path.join(directory, name)
    fresh = path + ".new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)


def recorded(directory):
    """What a record says, by checksum: which kernel ran, which is to come, and each session as it was sealed."""
    try:
        sealed = sorted(name for name in os.listdir(directory) if name.endswith(".manifest"))
    except FileNotFoundError:
        sealed = []
    return {
        "bootId": (read(directory, "host.json") or {}).get("bootId"),
        "target": read(directory, "target.json"),
        "sessions": {name[: -len(".manifest")]: sha256(os.path.join(directory, name)) for name in sealed},
    }


def boot_id():
    """The boot of the running kernel."""
    with open(BOOT_ID, encoding="ascii") as file:
        return file.read().strip()


def step(directory, wanted, boot):
    """What is left to do: "none", "verify" after a kexec whose verdict is missing, or "update"."""
    if read(directory, "done.json") == wanted:
        return "none"
    host = read(directory, "host.json")
    if read(directory, "target.json") == wanted and host and host.get("bootId") != boot:
        return "verify"
    return "update"


def blocking(checks):
    """The first check that fails whatever the drivers do; that a session is not sealed yet is left to them."""
    for check in checks:
        if check["status"] == "not-ok" and check["name"] != "session-sealed":
            return check
    return None
