#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The modules with a tool that says what a test wants: what they run, check mode, diff, and that nothing is changed twice.

Needs the collection to be installed, and its directory's parent in PYTHONPATH.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest

NOW = open("/proc/sys/kernel/random/boot_id", encoding="ascii").read().strip()
BEFORE = "00000000-0000-4000-8000-000000000000"
TOOL = """#!/usr/bin/env python3
import json, os, sys
at = os.path.dirname(os.path.abspath(__file__))
with open(at + "/calls", "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
answer = json.load(open(at + "/answer.json"))
if "--record" in sys.argv and answer["code"] == 0:
    directory = sys.argv[sys.argv.index("--record") + 1]
    os.makedirs(directory, exist_ok=True)
    json.dump({"bootId": answer["bootId"]}, open(directory + "/host.json", "w"))
    open(directory + "/nic0.manifest", "w").write(answer["sealed"])
print(json.dumps(answer["document"]))
sys.exit(answer["code"])
"""


class ModuleTest(unittest.TestCase):
    """A host that is a directory."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.at = directory.name
        self.state = os.path.join(self.at, "state")
        self.write("tool", TOOL)
        os.chmod(self.path("tool"), 0o755)
        self.write("vmlinuz", "a kernel")

    def path(self, name):
        """A file of the host."""
        return os.path.join(self.at, name)

    def write(self, name, text):
        """Makes a file of the host."""
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def calls(self):
        """What the tool was called with."""
        if not os.path.exists(self.path("calls")):
            return []
        with open(self.path("calls"), encoding="utf-8") as file:
            return file.read().splitlines()

    def answer(self, code, document, sealed="1", boot=NOW):
        """What the tool says from here on."""
        self.write("answer.json", json.dumps({"code": code, "document": document, "sealed": sealed, "bootId": boot}))

    def run_module(self, name, check=False, **arguments):
        """What a module answers."""
        arguments = {
            "executable": self.path("tool"),
            "directory": self.state,
            **({} if name == "verdict" else {"kernel": self.path("vmlinuz")}),
            **arguments,
            "_ansible_check_mode": check,
            "_ansible_diff": True,
        }
        done = subprocess.run(
            [sys.executable, "-m", "ansible_collections.holdfast.live_update.plugins.modules." + name],
            input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertTrue(done.stdout, done.stderr)
        return json.loads(done.stdout)

    def record(self, **arguments):
        """A record of what is ready."""
        self.answer(0, {"verdict": "ready", "reason": "", "remedy": ""}, **arguments)
        return self.run_module("record", sessions=["nic0"])

    def test_preflight_tells_why_a_host_is_not_able(self):
        kho = {"name": "kho-on", "status": "not-ok", "detail": "kho is off", "remedy": "kho=on"}
        self.answer(3, {"checks": [{"name": "session-sealed", "status": "not-ok"}, kho]})
        result = self.run_module("preflight")
        self.assertEqual(
            (result["changed"], result["able"], result["step"], result["reason"], result["remedy"]),
            (False, False, "update", "kho is off", "kho=on"),
        )
        self.assertEqual(
            self.calls(), ["doctor --before-kexec --kernel %s --initrd  --json" % self.path("vmlinuz")]
        )

    def test_preflight_needs_the_kernel_but_in_check_mode(self):
        self.answer(0, {"checks": []})
        os.remove(self.path("vmlinuz"))
        self.assertIn("install the kernel", self.run_module("preflight")["msg"])
        self.assertTrue(self.run_module("preflight", check=True)["able"])
        self.assertEqual(self.calls(), ["doctor --json"])

    def test_a_record_is_made_once(self):
        first = self.record()
        self.assertTrue(first["changed"])
        self.assertEqual(first["diff"]["after"]["bootId"], NOW)
        self.assertIn("--record %s --expect nic0" % self.state, self.calls()[0])
        again = self.record()
        self.assertFalse(again["changed"])
        self.assertEqual(again["diff"]["before"], again["diff"]["after"])
        self.assertTrue(self.record(sealed="2")["changed"])
        self.write("vmlinuz", "another kernel")
        self.assertTrue(self.record(sealed="2")["changed"])

    def test_check_mode_records_nothing(self):
        self.answer(0, {"verdict": "seen", "reason": "", "remedy": ""})
        self.assertTrue(self.run_module("record", check=True)["changed"])
        self.assertEqual(self.calls(), ["audit --json"])
        self.assertFalse(os.path.exists(self.state))

    def test_what_is_not_sealed_is_not_recorded(self):
        self.answer(9, {"verdict": "not-ready", "reason": "nic0 is not sealed", "remedy": "seal it"})
        result = self.run_module("record")
        self.assertEqual((result["failed"], result["msg"]), (True, "nic0 is not sealed. To do: seal it"))
        self.assertFalse(os.path.exists(os.path.join(self.state, "target.json")))

    def test_a_verdict_is_noted_once(self):
        self.record(boot=BEFORE)
        self.assertEqual(self.run_module("preflight")["step"], "verify")
        self.answer(0, {"verdict": "kept", "reason": "", "remedy": ""})
        self.assertTrue(self.run_module("verdict", check=True)["changed"])
        first = self.run_module("verdict")
        self.assertTrue(first["changed"])
        self.assertEqual((first["diff"]["before"], first["audit"]["verdict"]), ({}, "kept"))
        self.assertFalse(self.run_module("verdict")["changed"])
        self.assertEqual(self.run_module("preflight")["step"], "none")

    def test_a_loss_stops_and_is_not_noted(self):
        self.record(boot=BEFORE)
        self.answer(6, {"verdict": "lost", "reason": "nic0 is gone", "remedy": "see its log"})
        self.assertEqual(self.run_module("verdict")["msg"], "nic0 is gone. To do: see its log")
        self.assertEqual(self.run_module("preflight")["step"], "verify")

    def test_a_driver_has_its_time(self):
        self.record(boot=BEFORE)
        self.answer(9, {"verdict": "waiting", "reason": "nic0 waits", "remedy": "start its driver"})
        self.assertTrue(self.run_module("verdict", timeout=2)["failed"])
        self.assertGreater(sum("--compare" in call for call in self.calls()), 1)

    def test_what_is_given_up_is_not_looked_at(self):
        self.answer(3, {"verdict": "lost", "reason": "", "remedy": ""})
        self.assertTrue(self.run_module("record", loss=True)["changed"])
        self.assertTrue(self.run_module("verdict", loss=True)["changed"])
        self.assertEqual(self.calls(), [])
        self.assertEqual(self.run_module("preflight")["step"], "none")

    def test_an_error_of_the_tool_is_told(self):
        self.answer(5, {"error": {"problem": "host.json is refused", "remedy": "record it again"}})
        self.assertEqual(self.run_module("verdict")["msg"], "host.json is refused. To do: record it again")


if __name__ == "__main__":
    unittest.main()
