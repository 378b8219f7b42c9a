#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Looks at a host before its kernel is replaced."""

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Tell whether a host can keep its drivers' memory over a kexec, and what is left to do
version_added: 0.1.0
description:
  - Runs C(holdfast doctor --before-kexec) on the kernel to come, and compares that kernel with what an earlier run has brought
    to this host. Changes nothing.
  - In check mode the kernel may be missing, since the task that installs it has only said so; then the host is looked at alone.
author: The Holdfast authors (@holdfast)
extends_documentation_fragment:
  - holdfast.live_update.tool
  - holdfast.live_update.tool.target
"""

EXAMPLES = r"""
- name: Look at the kernel to come
  holdfast.live_update.preflight:
    kernel: /boot/vmlinuz-7.3.1
    initrd: /boot/initrd.img-7.3.1
  register: result
"""

RETURN = r"""
step:
  description: What is left to do. V(none), V(update), or V(verify) where the kernel was replaced and nobody has looked since.
  returned: always
  type: str
able:
  description: Whether the host can keep its memory.
  returned: always
  type: bool
reason:
  description: Why it cannot.
  returned: always
  type: str
remedy:
  description: What to do about it.
  returned: always
  type: str
checks:
  description: Each check of the doctor.
  returned: when something is left to do
  type: list
  elements: dict
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.holdfast.live_update.plugins.module_utils import tool


def main():
    """Looks."""
    module = AnsibleModule(
        argument_spec={**tool.ARGUMENTS, **tool.TARGET_ARGUMENTS},
        supports_check_mode=True,
    )
    params = module.params
    step = tool.step(params["directory"], tool.target(module), tool.boot_id())
    if step != "update":
        module.exit_json(changed=False, step=step, able=True, reason="", remedy="")
    line = ["doctor"]
    if os.path.exists(params["kernel"]):
        line += ["--before-kexec", "--kernel", params["kernel"], "--initrd", params["initrd"] or ""]
        if params["command_line"]:
            line += ["--cmdline", params["command_line"]]
    else:
        module.warn("%s is not installed yet, so only the host was looked at" % params["kernel"])
    document = tool.holdfast(module, *line)[1]
    failed = tool.blocking(document["checks"]) or {}
    module.exit_json(
        changed=False,
        step=step,
        able=not failed,
        reason=failed.get("detail", ""),
        remedy=failed.get("remedy", ""),
        checks=document["checks"],
    )


if __name__ == "__main__":
    main()
