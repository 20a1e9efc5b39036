# SPDX-License-Identifier: GPL-2.0
"""Sphinx, with the kernel's own kernel-doc extension."""
import os
import sys

top = os.path.abspath('..')
kernel = os.path.join(top, 'build', 'linux')
sys.path.insert(0, os.path.join(kernel, 'Documentation', 'sphinx'))

project = 'tslab'
copyright = 'the tslab developers'
author = 'the tslab developers'

extensions = ['kerneldoc']
kerneldoc_bin = os.path.join(kernel, 'scripts', 'kernel-doc')
kerneldoc_srctree = top

master_doc = 'index'
primary_domain = 'c'
highlight_language = 'none'
html_theme = 'alabaster'
# Types of the kernel, which are documented there.
nitpicky = False
c_id_attributes = ['__malloc', '__percpu', '__bitwise']
