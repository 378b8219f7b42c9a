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
options:
  kernel:
    description: The image of the kernel to come, on the host.
    type: path
    required: true
  initrd:
    description: Its initial RAM disk, on the host.
    type: path
  command_line:
    description: Its command line. Default is that of the running kernel.
    type: str
  sessions:
    description: Sessions that have to be there. Without it at least one has to be.
    type: list
    elements: str
    default: []
  directory:
    description: Where the host keeps what a rollout knows of it; on a disk, since it is read after the kexec.
    type: path
    default: /var/lib/holdfast-fleet
  executable:
    description: The tool.
    type: str
    default: holdfast
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
  returned: always
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.live_update.plugins.module_utils import tool


def main():
    """Records."""
    module = AnsibleModule(
        argument_spec={
            **tool.ARGUMENTS,
            **tool.TARGET_ARGUMENTS,
            "sessions": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    directory = module.params["directory"]
    wanted = tool.target(module.params)
    before = tool.read(directory, "target.json")
    line = ["audit"]
    if not module.check_mode:
        line += ["--record", directory]
        for name in module.params["sessions"]:
            line += ["--expect", name]
    code, document = tool.holdfast(module, *line)
    if code != 0:
        module.fail_json(msg=tool.sentence(document["reason"], document["remedy"]), audit=document)
    if not module.check_mode:
        tool.write(directory, "target.json", wanted)
    module.exit_json(changed=True, audit=document, diff={"before": before or {}, "after": wanted})


if __name__ == "__main__":
    main()
