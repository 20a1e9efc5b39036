# SPDX-License-Identifier: GPL-2.0
# kunit.py's x86_64, going on to user space after the tests: what follows "--",
# kunit.py's request to reboot, goes to init instead of the kernel.
from ..qemu_config import QemuArchParams

QEMU_ARCH = QemuArchParams(linux_arch='x86_64',
                           kconfig='''
CONFIG_SERIAL_8250=y
CONFIG_SERIAL_8250_CONSOLE=y''',
                           qemu_arch='x86_64',
                           kernel_path='arch/x86/boot/bzImage',
                           kernel_command_line='console=ttyS0 panic=-1 --',
                           extra_qemu_params=['-bios', 'qboot.rom'])
