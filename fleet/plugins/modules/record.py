#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Records what a host has sealed before its kernel is replaced."""

from __future__ import annotations

DOCUMENTATION = r"""
module: record
short_description: Record what the drivers of a host have sealed, before the kexec
version_added: 0.1.0
description:
  - Runs C(holdfast audit --record). Fails, and records nothing, unless every session is sealed and something keeps it until the
    kexec.
  - In check mode nothing is recorded, and sessions that are not sealed yet are no failure.
author: The Holdfast authors (@holdfast)
extends_documentation_fragment:
  - holdfast.live_update.tool
  - holdfast.live_update.tool.target
options:
  sessions:
    description: Sessions that have to be there. Without it at least one has to be.
    type: list
    elements: str
    default: []
  loss:
    description: Only note the kernel to come, as what the drivers of this host have is given up.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Record what is sealed
  holdfast.live_update.record:
    kernel: /boot/vmlinuz-7.3.1
    initrd: /boot/initrd.img-7.3.1
    sessions: [nic0]
"""

RETURN = r"""
audit:
  description: What C(holdfast audit --json) has printed.
  returned: unless O(loss)
  type: dict
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.live_update.plugins.module_utils import tool


def audit(module, directory):
    """What the host has; recorded unless in check mode."""
    line = ["audit"]
    if not module.check_mode:
        line += ["--record", directory]
        for name in module.params["sessions"]:
            line += ["--expect", name]
    code, document = tool.holdfast(module, *line)
    return tool.passed(module, code, document)


def main():
    """Records."""
    module = AnsibleModule(
        argument_spec={
            **tool.ARGUMENTS,
            **tool.TARGET_ARGUMENTS,
            "sessions": {"type": "list", "elements": "str", "default": []},
            "loss": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    directory = module.params["directory"]
    wanted = tool.target(module)
    before = tool.recorded(directory)
    result = {} if module.params["loss"] else {"audit": audit(module, directory)}
    if module.check_mode:
        after = {**before, "bootId": tool.boot_id(), "target": wanted}
    else:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        tool.write(directory, "target.json", wanted)
        after = tool.recorded(directory)
    module.exit_json(changed=before != after, **result, diff={"before": before, "after": after})


if __name__ == "__main__":
    main()
