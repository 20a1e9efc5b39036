# SPDX-License-Identifier: GPL-2.0
"""
Helpers for drgn: what tslab has in a crash dump or in the running kernel. As for
drgn's own, functions take a ``Program`` or an ``Object`` and return those, or
numbers::

    >>> from tslab_helpers import *
    >>> tslab_load(prog, "tslab.ko")
    >>> for ts in for_each_tslab(prog):
    ...     print(ts.name, tslab_live_objects(ts))

What is broken in a dump raises one of TSLAB_BROKEN, and nothing loops.
"""

from .figures import *
from .find import *
from .program import *
from .walk import *
