# SPDX-License-Identifier: GPL-2.0
"""Pages of documentation that are made of a template and of measurements."""
import os
import string
import sys


class Error(Exception):
    """One line that says what is wrong."""


def csv_table(header, rows):
    """A table of reStructuredText."""
    lines = [".. csv-table::", "   :header-rows: 1", ""]
    lines += ["   " + ", ".join(f'"{cell}"' for cell in row)
              for row in [header] + rows]
    return "\n".join(lines) + "\n"


def fill(template, values, path):
    """Writes a page; what there was stays as it is until all is written."""
    with open(template, encoding="utf-8") as file:
        page = string.Template(file.read())
    try:
        text = page.substitute(values)
    except (KeyError, ValueError) as error:
        raise Error(f"{os.path.basename(template)}: {error}") from error
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".tmp", path)


def main(generate):
    """Of a program that is given a directory of data and one for its pages."""
    name = os.path.basename(sys.argv[0])
    if len(sys.argv) != 3:
        sys.exit(f"usage: {name} DATA_DIR OUT_DIR")
    try:
        generate(sys.argv[1], sys.argv[2])
    except (OSError, Error) as error:
        sys.exit(f"{name}: {error}")
