# SPDX-License-Identifier: GPL-2.0
# Sphinx: as the kernel's own Documentation/conf.py where it matters here.
import os
import sys

top = os.path.abspath("..")
kernel = os.environ.get("KSRC", os.path.join(top, "build/linux"))
sys.path.insert(0, os.path.join(kernel, "Documentation/sphinx"))

project = "tslab"
author = copyright = "The tslab developers"
needs_sphinx = "3.4"
master_doc = "index"

extensions = ["kerneldoc", "automarkup"]
kerneldoc_bin = os.path.join(kernel, "scripts/kernel-doc")
kerneldoc_srctree = top
kerneldoc_verbosity = 1

primary_domain = "c"
highlight_language = "none"
c_id_attributes = ["__malloc", "__user"]

# Types of the kernel, and those of tslab that nobody looks into.
nitpick_ignore = [("c:identifier", name) for name in (
    "bool", "gfp_t", "mem_cgroup", "rcu_head", "size_t", "tslab", "tslab_cache",
    "tslab_domain", "tslab_reserved", "u32", "va_list",
    "u64")]

html_theme = "alabaster"
html_theme_options = {"page_width": "70em", "fixed_sidebar": True}
html_show_copyright = False
