# SPDX-License-Identifier: GPL-2.0
"""Which allocations and frees belong together; for kmalloc.cocci.

An object is told by where its pointer is kept, its key: "struct S" if the pointer is
to a struct that the files define, else "function:variable", ".field" or "function()"
that returns it. Keys that are assigned to each other are one set, and a set is taken
over as a whole or left as a whole.
"""
import re

ALLOCATORS = """kmalloc kzalloc kmalloc_array kcalloc kmalloc_node kzalloc_node kmemdup
    kmemdup_array kstrdup kstrndup kasprintf kvasprintf krealloc krealloc_array""".split()
RELEASES = "kfree kfree_sensitive kfree_rcu".split()
OTHERS = """kmemdup_nul kstrdup_const kvmalloc kvzalloc kvcalloc kvmalloc_array kvmemdup
    kvmalloc_node kvzalloc_node kvrealloc kmalloc_track_caller kcalloc_node
    kmalloc_array_node kvfree kvfree_rcu kvfree_sensitive kfree_const
    kfree_rcu_mightsleep ksize""".split()
CALL = re.compile(r"\b(%s)\s*\(" % "|".join(ALLOCATORS + RELEASES + OTHERS))
CAST = re.compile(r"^\((?:const|void|char|u8|unsigned|struct\w+|\*)+\)(?=[\w(*&])")
THROUGH = re.compile(r"(?:no_free_ptr|rcu_dereference\w*|READ_ONCE|smp_load_acquire)"
                     r"\(([^,()]+)[,)]")
NO_OBJECT = re.compile(r"-?\w*[0-9]\w*$|NULL$|true$|false$|ERR_(PTR|CAST)\(|-E\w+$")
UNKNOWN = "kept where it cannot be followed"


def squeeze(text):
    return "".join(text.split())


def values(text):
    """What an expression may be: both sides of ?:, the left one of a = b."""
    depth = 0
    for i, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if depth == 0 and char == "?":
            condition, rest = text[:i], text[i + 1:]
            first, _, second = rest.partition(":")
            return values(first or condition) + values(second)
        if depth == 0 and char == "=" and text[i - 1] not in "<>!=" and \
                text[i + 1] != "=":
            return values(text[:i])
    if text.startswith("(") and text.endswith(")") and not CAST.match(text):
        return values(text[1:-1])
    through = THROUGH.match(text)
    return values(through.group(1)) if through else [text]


def blank(text):
    """Text without comments, strings and what is in them, line by line the same."""
    def spaces(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', spaces, text, flags=re.S)


class Objects:
    def __init__(self, paths):
        self.texts = {}
        self.own = set()
        for path in paths:
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                self.texts[path] = blank(file.read())
            self.own.update(re.findall(r"^struct (\w+) \{", self.texts[path], re.M))
        self.parent = {}
        self.calls = {}         # place: (name, function, expression it is kept in)
        self.types = {}         # (function, expression): struct
        self.params = {}        # function defined here: its parameters
        self.scalars = set()    # (function, variable)
        self.put = []           # (function, left, right)
        self.uses = []          # (function, function called, arguments)
        self.read, self.written = set(), set()  # keys
        self.foreign = {}       # key: why it is left, a verb first
        self.said = {}
        self.chosen = None

    # === Facts ===

    @staticmethod
    def place(p):
        return p[0].file, int(p[0].line), int(p[0].column)

    def call(self, p, name, kept=None):
        self.calls[self.place(p)] = name, p[0].current_element, kept

    def type(self, function, expression, struct):
        self.types[function, squeeze(expression)] = struct

    def assigned(self, p, left, right):
        self.put.append((p[0].current_element, left, right))

    def function(self, name, params):
        self.params[name] = []
        for param in params:
            word = re.search(r"(\w+)\W*$", param)
            self.params[name].append(word.group(1) if word else "")
            struct = re.search(r"struct (\w+) ?\* ?(\w+)$", param)
            if struct:
                self.type(name, struct.group(2), struct.group(1))
            self.variable(name, self.params[name][-1], param)

    def variable(self, function, name, type_):
        if "*" not in type_ and "[" not in type_:
            self.scalars.add((function, name))

    def used(self, p, callee, args):
        if callee in ("rcu_assign_pointer", "WRITE_ONCE", "smp_store_release"):
            self.assigned(p, args[0], args[1])
        self.uses.append((p[0].current_element, callee, args))

    def leave(self, key, why):
        self.foreign.setdefault(key, why)

    # === Sets ===

    def key(self, function, text):
        text = squeeze(text)
        while CAST.match(text):
            text = CAST.sub("", text)
        if (function, text) in self.types:
            return "struct " + self.types[function, text]
        if re.fullmatch(r"[A-Za-z_]\w*", text):
            return None if text == "NULL" else function + ":" + text
        if re.fullmatch(r"[A-Za-z_]\w*\(\)", text):
            return text
        call = re.match(r"([A-Za-z_]\w*)\(.*\)$", text)
        if call:
            return call.group(1) + "()" if call.group(1) in self.params else None
        field = re.fullmatch(r"[\w.>\[\]*()&,-]*(?:->|\.)(\w+)", text)
        return "." + field.group(1) if field else None

    def root(self, key):
        while self.parent.get(key, key) != key:
            key = self.parent[key]
        return key

    def alien(self, key):
        return key.startswith("struct ") and key[7:] not in self.own

    def join(self, function, left, right):
        for value in values(squeeze(right)):
            self.join_value(function, left, value)

    def join_value(self, function, left, right):
        if right.split("(")[0] in ALLOCATORS + OTHERS:
            self.written.add(self.key(function, left))
            return
        if {(function, squeeze(left)), (function, right)} & self.scalars:
            return
        a, b = self.key(function, left), self.key(function, right)
        if b and b[0] == ".":
            self.read.add(b)
        if a and not NO_OBJECT.match(right):
            self.written.add(a)
        if a and b and a.startswith("struct ") and b.startswith("struct ") and \
                (self.alien(a) or self.alien(b)):
            # One is in the other.
            return
        if a and b and not (self.alien(a) or self.alien(b)):
            self.parent[self.root(a)] = self.root(b)
        elif b and not b.startswith("struct "):
            self.leave(b, "goes to " + squeeze(left))
        elif a and not a.startswith("struct ") and not NO_OBJECT.match(right):
            self.leave(a, "comes from " + right)

    def join_arguments(self):
        """An argument matters where its parameter is freed, or kept."""
        pairs = {(self.key(function, arg), self.key(callee, param))
                 for function, callee, args in self.uses
                 for arg, param in zip(args, self.params.get(callee, ()))}
        pairs = {pair for pair in pairs if all(pair) and
                 not any(map(self.alien, pair)) and
                 not {tuple(key.split(":")) for key in pair} & self.scalars}
        freed = {self.key(function, kept)
                 for name, function, kept in self.calls.values()
                 if kept and name not in ALLOCATORS} - {None}
        while pairs:
            matter = {self.root(key) for key in freed | set(self.foreign)}
            matter |= {self.root(key) for key in self.parent
                       if key[0] == "." or key.endswith("()")}
            joined = {pair for pair in pairs if self.root(pair[1]) in matter or
                      pair[1].startswith("struct ")}
            for a, b in joined:
                self.parent[self.root(a)] = self.root(b)
            pairs -= joined
            if not joined:
                break

    def unseen(self):
        """What Coccinelle has not parsed is left, and all that goes in and out of it."""
        seen = {place[:2] for place in self.calls}
        for path, text in self.texts.items():
            for struct in re.findall(r"struct (\w+) \*\w+ __free\(kfree\)", text):
                self.leave("struct " + struct, "is freed by __free(kfree)")
            lines = text.split("\n")
            for number, line in enumerate(lines, 1):
                match = CALL.search(line)
                if match and (path, number) not in seen and \
                        not re.match(r"\s*#|[a-z].*\)\s*;?$", line):
                    self.said[path, number, 0] = (
                        match.group(1), "Coccinelle does not parse what it is in")
                    self.leave_around(lines, number)

    def leave_around(self, lines, number):
        first = last = number - 1
        while first > 0 and not lines[first].startswith("{"):
            first -= 1
        while last < len(lines) - 1 and not lines[last].startswith("}"):
            last += 1
        body = "\n".join(lines[first:last])
        why = "is used in a function that Coccinelle does not parse"
        for field in re.findall(r"(?:\.|->)(\w+)\s*=(?!=)", body):
            self.leave("." + field, why)
        for callee in re.findall(r"\b(\w+)\(", body):
            for parameter in self.params.get(callee, ()):
                if (callee, parameter) not in self.types:
                    self.leave(callee + ":" + parameter, why)
        for call in CALL.finditer(body):
            self.leave_named(body, body[call.end():].split(")")[0].split(",")[0], why)
        for name in re.findall(r"([\w>.-]+)\s*=\s*k\w+\(", body):
            self.leave_named(body, name, why)

    def leave_named(self, body, text, why):
        field = re.fullmatch(r"[\w>.-]*(?:\.|->)(\w+)", text.strip())
        if field:
            self.leave("." + field.group(1), why)
        for struct in re.findall(r"struct (\w+) [^;()]*\*%s\b" % re.escape(text.strip()),
                                 body):
            self.leave("struct " + struct, why)

    def decide(self):
        self.chosen = set()
        for fact in self.put:
            self.join(*fact)
        for key in self.read - self.written:
            self.leave(key, "is set by others")
        called = {callee for function, callee, args in self.uses}
        for callee in self.params.keys() - called:
            for param in self.params[callee]:
                self.leave(callee + ":" + param, "is given by others")
        self.unseen()
        self.join_arguments()
        sets = {}
        for place, (name, function, kept) in self.calls.items():
            key = self.key(function, kept) if kept else None
            if key:
                sets.setdefault(self.root(key), {})[place] = name
            else:
                self.said[place] = name, UNKNOWN
        left = {}
        for key, why in self.foreign.items():
            left.setdefault(self.root(key), key + " " + why)
        for root, found in sets.items():
            if self.alien(root):
                left[root] = root + " is not defined in these files"
            names = set(found.values())
            why = left.get(root)
            if not why and names & set(OTHERS):
                why = "it is also " + min(names & set(OTHERS)) + "()'s"
            if not why and not names & set(RELEASES):
                why = "it is not freed in these files"
            if not why and not names & set(ALLOCATORS):
                why = "it is not allocated in these files"
            for place, name in found.items():
                if why:
                    self.said[place] = name, why
                else:
                    self.chosen.add(place)
        for place, (name, why) in sorted(self.said.items()):
            print("report: %s:%s: %s() left: %s" % (place[0], place[1], name, why))

    def is_chosen(self, p):
        if self.chosen is None:
            self.decide()
        return self.place(p) in self.chosen
