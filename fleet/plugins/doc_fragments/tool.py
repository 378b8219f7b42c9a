# SPDX-License-Identifier: Apache-2.0
"""The options that modules share: those of tool.ARGUMENTS, and those of tool.TARGET_ARGUMENTS."""

from __future__ import annotations


class ModuleDocFragment:
    """Merged into the documentation of modules that name it."""

    DOCUMENTATION = r"""
options:
  directory:
    description: Where the host keeps what a rollout knows of it; on a disk, since it is read after the kexec.
    type: path
    default: /var/lib/holdfast-fleet
  executable:
    description: The tool.
    type: str
    default: holdfast
"""

    TARGET = r"""
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
"""
