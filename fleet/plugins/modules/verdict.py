#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Tells what a kexec did to the sessions of a host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: verdict
short_description: Compare the sessions of a host with what was recorded before the kexec
version_added: 0.1.0
description:
  - Runs C(holdfast audit --compare). Fails if the kernel was not replaced, if an extent, a device or a session was lost or has moved,
    if something stands against restoring a session, or if one is not restored in time.
author: The Holdfast authors (@holdfast)
extends_documentation_fragment:
  - holdfast.live_update.tool
options:
  timeout:
    description: For how many seconds to wait for drivers to restore their sessions.
    type: int
    default: 120
  loss:
    description: Compare nothing, as what the drivers had was given up; only note the kernel.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Compare with what was recorded
  holdfast.live_update.verdict:
    timeout: 60
"""

RETURN = r"""
audit:
  description: What C(holdfast audit --json) has printed.
  returned: unless O(loss)
  type: dict
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.live_update.plugins.module_utils import tool


def audit(module, directory):
    """What became of the sessions, once no driver is still about to restore one, or the time is up."""
    end = time.monotonic() + module.params["timeout"]
    while True:
        code, document = tool.holdfast(module, "audit", "--compare", directory)
        if document["verdict"] != "waiting" or time.monotonic() > end:
            break
        time.sleep(1)
    return tool.passed(module, code, document)


def main():
    """Waits, and tells."""
    module = AnsibleModule(
        argument_spec={**tool.ARGUMENTS, "timeout": {"type": "int", "default": 120}, "loss": {"type": "bool", "default": False}},
        supports_check_mode=True,
    )
    directory = module.params["directory"]
    result = {} if module.params["loss"] else {"audit": audit(module, directory)}
    wanted = tool.read(directory, "target.json")
    before = tool.read(directory, "done.json")
    if before != wanted and not module.check_mode:
        tool.write(directory, "done.json", wanted)
    module.exit_json(changed=before != wanted, **result, diff={"before": before or {}, "after": wanted})


if __name__ == "__main__":
    main()
