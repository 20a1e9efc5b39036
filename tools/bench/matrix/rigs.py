# SPDX-License-Identifier: GPL-2.0
"""Where it is measured: a rig boots a guest in which the cells run."""
import hashlib
import os
import signal
import subprocess
from collections import namedtuple

GUEST = "tools/qemu/bench-guest.sh"
NEEDED = ("build-essential gcc-12 busybox-static cpio qemu-system-x86 kmod "
          "pahole xz-utils libelf1 gnuplot-nox")

# title: for people; boot: command; prepare: command that builds modules, or
# None; modules: where they are; churn: whether those cells are run there, too
Rig = namedtuple("Rig", "title boot prepare modules churn")

DEBIAN = (f". tools/qemu/packages.sh && need {NEEDED} && "
          "tools/qemu/kernels.sh headers && tools/qemu/kernels.sh image && "
          "tools/qemu/module.sh 6.12")
UML = (f". tools/qemu/packages.sh && need {NEEDED} && "
       "tools/qemu/uml-kernel.sh && tools/qemu/module.sh uml ARCH=um "
       "CC=gcc-12")
X86_7 = (f". tools/qemu/packages.sh && need {NEEDED} && "
         "tools/qemu/x86-7-kernel.sh && tools/qemu/module.sh x86-7 CC=gcc-12")
RIGS = {
    "qemu2": Rig("QEMU, 2 CPUs", "tools/qemu/boot.sh --kernel 6.12 --cpus 2",
                 DEBIAN, "build/module-6.12", True),
    "qemu16": Rig("QEMU, 16 emulated CPUs",
                  "tools/qemu/boot.sh --kernel 6.12 --cpus 16",
                  DEBIAN, "build/module-6.12", False),
    "uml": Rig("User Mode Linux, 2 CPUs", "tools/qemu/uml.sh --cpus 2",
               UML, "build/module-uml", True),
}


def host():
    """What the guests run on."""
    model = "unknown"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {"host_cpus": len(os.sched_getaffinity(0)), "host_model": model}


class Missing(Exception):
    """A rig that is not there; says why."""


def modules(rig, bench="tslab_bench"):
    return [f"{rig.modules}/{name}" for name in ("tslab.ko",
                                                 f"tools/bench/{bench}.ko")]


def prepare(rig, log, bench="tslab_bench"):
    """Builds what the rig boots; raises Missing."""
    script = rig.boot.split()[0]
    if not os.access(script, os.X_OK):
        raise Missing(f"there is no {script}")
    if rig.prepare:
        with open(log, "w", encoding="utf-8") as out:
            if subprocess.call(["bash", "-ec", rig.prepare], stdout=out,
                               stderr=subprocess.STDOUT):
                raise Missing(f"it could not be built, see {log}")
    for module in modules(rig, bench):
        if not os.path.exists(module):
            raise Missing(f"there is no {module}")


def digest(rig):
    """Results of other modules or of another guest script are not reused."""
    sha = hashlib.sha256()
    for name in modules(rig) + [GUEST]:
        with open(name, "rb") as file:
            sha.update(file.read())
    return sha.hexdigest()[:16]


def boot(rig, cells_file, timeout, bench="tslab_bench", guest=GUEST):
    """Starts the guest, in a session of its own."""
    command = rig.boot.split() + ["--timeout", str(timeout)]
    for file in [cells_file] + modules(rig, bench):
        command += ["--add", file]
    return subprocess.Popen(command + [guest], stdout=subprocess.PIPE,
                            stdin=subprocess.DEVNULL, text=True,
                            errors="replace", start_new_session=True)


def _session(pid):
    """Session of a process, or None if it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return int(file.read().rpartition(")")[2].split()[3])
    except (OSError, IndexError):
        return None


def end(process):
    """Ends all that boot() started: timeout(1) leaves the process group."""
    if process.poll() is not None:
        return
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if _session(pid) == process.pid:
            try:
                os.kill(int(pid), signal.SIGTERM)
            except ProcessLookupError:
                pass
    process.wait()
