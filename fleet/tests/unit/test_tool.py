#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is left to do on a host, from what an earlier run has left there."""

import importlib.util
import os
import tempfile
import unittest

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../plugins/module_utils/tool.py")
SPEC = importlib.util.spec_from_file_location("tool", PATH)
tool = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(tool)

WANTED = {"kernel": "a", "initrd": "b", "commandLine": ""}
OTHER = {"kernel": "c", "initrd": "b", "commandLine": ""}


class StepTest(unittest.TestCase):
    """The step of a host whose running kernel has the boot id "now"."""

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)

    def step(self, **documents):
        """The step where these documents are there."""
        for name, document in documents.items():
            tool.write(self.directory.name, name + ".json", document)
        return tool.step(self.directory.name, WANTED, "now")

    def test_a_host_nobody_has_touched_is_updated(self):
        self.assertEqual(self.step(), "update")

    def test_a_host_that_has_it_is_left_alone(self):
        self.assertEqual(self.step(done=WANTED, target=WANTED, host={"bootId": "before"}), "none")

    def test_another_kernel_is_another_update(self):
        self.assertEqual(self.step(done=OTHER, target=OTHER, host={"bootId": "before"}), "update")

    def test_a_verdict_that_is_missing_is_made_up_for(self):
        self.assertEqual(self.step(done=OTHER, target=WANTED, host={"bootId": "before"}), "verify")

    def test_a_record_without_its_kexec_is_made_again(self):
        self.assertEqual(self.step(target=WANTED, host={"bootId": "now"}), "update")

    def test_a_document_that_cannot_be_read_is_none(self):
        with open(os.path.join(self.directory.name, "done.json"), "w", encoding="utf-8") as file:
            file.write("{")
        self.assertEqual(self.step(), "update")


class BlockingTest(unittest.TestCase):
    """Which of a doctor's checks stops a host before its drivers are asked."""

    def test_what_drivers_do_later_blocks_nothing(self):
        self.assertIsNone(
            tool.blocking([{"name": "session-sealed", "status": "not-ok"}, {"name": "kho", "status": "warning"}])
        )

    def test_what_the_host_lacks_blocks(self):
        kho = {"name": "kho", "status": "not-ok"}
        self.assertEqual(tool.blocking([{"name": "session-sealed", "status": "not-ok"}, kho]), kho)


if __name__ == "__main__":
    unittest.main()
