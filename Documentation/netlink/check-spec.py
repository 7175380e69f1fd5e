#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compare the spec of the bfd family with the uapi header and a running kernel.

usage: check-spec.py [--live] [--spec FILE] [--header FILE]

Without --live: every enumeration, value, attribute type and command of the
header is in the spec, and the other way round. With --live also: the family
that this kernel has registered takes the commands, attributes, types and ranges
that the spec says, with its flags and groups. Differences are listed; the exit
status is then 1. 2: it could not be compared.
"""
import argparse
import os
import re
import socket
import struct
import sys

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))


class Differences:
    """What was found, and how much was compared."""

    def __init__(self):
        self.found = []
        self.compared = 0

    def equal(self, what, is_, want):
        self.compared += 1
        if is_ != want:
            self.found.append(f"{what}: {is_}, the spec says {want}")


def c_name(prefix, name):
    return (prefix + name).replace("-", "_").upper()


# ---- the header ----

class Header:
    """Enumerations {name: {constant: (value, comment)}}, strings and numbers."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.defines = dict(re.findall(r'^#define\s+(\w+)\s+"?([^"\s(]+)"?$', text, re.M))
        self.enums = {}
        for name, body in re.findall(r"^enum (\w+) \{\n(.*?)^\};", text, re.M | re.S):
            self.enums[name] = self.parse_enum(body)

    @staticmethod
    def parse_enum(body):
        entries, value = {}, 0
        for line in body.splitlines():
            match = re.match(r"\s*(\w+)(?:\s*=\s*(\d+))?,?\s*(?:/\*\s*(.*?)\s*\*/)?\s*$", line)
            if not match:
                continue
            if match[2]:
                value = int(match[2])
            entries[match[1]] = (value, match[3] or "")
            value += 1
        return entries


# An attribute's comment in the header begins with its type.
COMMENT_TYPES = (
    (r"u(8|16|32|64) array\b", lambda m: ("binary", f"u{m[1]}")),
    (r"u(8|16|32|64)\b", lambda m: (f"u{m[1]}", None)),
    (r"string\b", lambda m: ("string", None)),
    (r"4 or 16 bytes\b", lambda m: ("binary", None)),
    (r"nest\b", lambda m: ("nest", None)),
)


def comment_type(comment):
    for pattern, result in COMMENT_TYPES:
        match = re.match(pattern, comment)
        if match:
            return result(match)
    return (None, None)


# ---- the spec ----

class Spec:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.yaml = yaml.safe_load(file)
        self.sets = {s["name"]: s for s in self.yaml["attribute-sets"]}
        self.enums = {d["name"]: d for d in self.yaml["definitions"]}
        for attributes in self.sets.values():
            value = 0
            for attr in attributes["attributes"]:
                value = attr.get("value", value + 1)
                attr["value"] = value
        value = 0
        for operation in self.yaml["operations"]["list"]:
            value = operation.get("value", value + 1)
            operation["value"] = value

    def operations(self):
        return self.yaml["operations"]["list"]

    def attribute(self, set_name, name):
        return next(a for a in self.sets[set_name]["attributes"] if a["name"] == name)


# ---- spec and header ----

def compare_family(diff, spec, header):
    family = spec.yaml
    diff.equal("BFD_GENL_NAME", header.defines.get(c_name("", family["c-family-name"])),
               family["name"])
    diff.equal("BFD_GENL_VERSION", header.defines.get(c_name("", family["c-version-name"])),
               str(family["version"]))
    for group in family["mcast-groups"]["list"]:
        name = c_name("", group["c-define-name"])
        diff.equal(name, header.defines.get(name), group["name"])


def compare_enum(diff, header, definition):
    name = definition["enum-name"].replace("-", "_")
    start = definition.get("value-start", 0)
    want = {c_name(definition["name-prefix"], e["name"]): start + i
            for i, e in enumerate(definition["entries"])}
    have = {n: v for n, (v, _) in header.enums.pop(name, {}).items()}
    diff.equal(f"enum {name}", have, want)


def without_bounds(entries):
    """Without _UNSPEC and __..._MAX, which a spec does not list"""
    return {n: e for n, e in entries.items()
            if not n.startswith("__") and not n.endswith("_UNSPEC")}


def compare_type(diff, spec, name, attr, comment):
    if attr["type"] == "pad":
        return
    type_, sub_type = comment_type(comment)
    if type_:
        diff.equal(f"type of {name}", (type_, sub_type), (attr["type"], attr.get("sub-type")))
    match = re.search(r"enum (\w+)", comment)
    if not match or type_ is None:
        return
    if attr["type"] == "nest":
        nested = spec.sets[attr["nested-attributes"]]["enum-name"]
        diff.equal(f"nest of {name}", match[1], nested.replace("-", "_"))
    elif "enum" in attr:
        enum = spec.enums[attr["enum"]]["enum-name"]
        diff.equal(f"enum of {name}", match[1], enum.replace("-", "_"))
    else:
        diff.equal(f"enum of {name}", match[1], None)


def compare_set(diff, spec, header, attributes):
    enum = attributes["enum-name"].replace("-", "_")
    have = without_bounds(header.enums.pop(enum, {}))
    attrs = {c_name(attributes["name-prefix"], a["name"]): a for a in attributes["attributes"]}
    diff.equal(f"enum {enum}", {n: v for n, (v, _) in have.items()},
               {n: a["value"] for n, a in attrs.items()})
    for name in attrs.keys() & have.keys():
        compare_type(diff, spec, name, attrs[name], have[name][1])


def compare_operations(diff, spec, header):
    operations = spec.yaml["operations"]
    have = without_bounds(header.enums.pop(operations["enum-name"].replace("-", "_"), {}))
    diff.equal("commands", {n: v for n, (v, _) in have.items()},
               {c_name(operations["name-prefix"], o["name"]): o["value"]
                for o in operations["list"]})


def attribute_lists(operation):
    for kind in ("do", "dump"):
        for part in ("request", "reply"):
            yield operation.get(kind, {}).get(part, {}).get("attributes", [])
    yield operation.get("event", {}).get("attributes", [])


def compare_references(diff, spec):
    groups = {g["name"] for g in spec.yaml["mcast-groups"]["list"]}
    for operation in spec.operations():
        known = {a["name"] for a in spec.sets[operation["attribute-set"]]["attributes"]}
        for names in attribute_lists(operation):
            diff.equal(f"unknown attributes of {operation['name']}", set(names) - known, set())
        if "event" in operation:
            diff.equal(f"group of {operation['name']}", operation.get("mcgrp") in groups, True)
    for attributes in spec.sets.values():
        for attr in attributes["attributes"]:
            diff.equal(f"doc of {attributes['name']} {attr['name']}",
                       "doc" in attr or attr["type"] == "pad", True)
            if attr["type"] == "nest":
                diff.equal(f"nest of {attr['name']}",
                           attr["nested-attributes"] in spec.sets, True)


def compare_header(diff, spec, header):
    compare_family(diff, spec, header)
    for definition in spec.yaml["definitions"]:
        compare_enum(diff, header, definition)
    for attributes in spec.yaml["attribute-sets"]:
        compare_set(diff, spec, header, attributes)
    compare_operations(diff, spec, header)
    compare_references(diff, spec)
    diff.equal("enumerations that only the header has", sorted(header.enums), [])


# ---- a running kernel: generic netlink without a library ----

NETLINK_GENERIC = 16
GENL_ID_CTRL = 0x10
CTRL_CMD_GETFAMILY, CTRL_CMD_GETPOLICY = 3, 10
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME, CTRL_ATTR_VERSION = 1, 2, 3
CTRL_ATTR_OPS, CTRL_ATTR_MCAST_GROUPS = 6, 7
CTRL_ATTR_POLICY, CTRL_ATTR_OP_POLICY = 8, 9
OP_ID, OP_FLAGS = 1, 2
GENL_CMD_CAP_DO, GENL_CMD_CAP_DUMP, GENL_CMD_CAP_HASPOL = 2, 4, 8
OP_FLAG_NAMES = {"admin-perm": 0x1, "uns-admin-perm": 0x10}
POLICY_DO, POLICY_DUMP = 1, 2
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
TYPE_NAMES = {2: "u8", 3: "u16", 4: "u32", 5: "u64", 10: "binary", 11: "string",
              12: "string", 13: "nest"}
POLICY_TYPE, POLICY_MIN_U, POLICY_MAX_U = 1, 4, 5
POLICY_MIN_LEN, POLICY_MAX_LEN, POLICY_IDX = 6, 7, 8
WIDTHS = {"u8": 8, "u16": 16, "u32": 32, "u64": 64}


def attrs(data):
    """Yield (type, payload) of a run of attributes."""
    while len(data) >= 4:
        length, type_ = struct.unpack_from("=HH", data)
        if length < 4 or length > len(data):
            raise ValueError("malformed netlink attribute")
        yield type_ & 0x3FFF, data[4:length]
        data = data[(length + 3) & ~3:]


def attr(type_, payload):
    length = 4 + len(payload)
    return struct.pack("=HH", length, type_) + payload + b"\0" * (-length % 4)


def number(payload):
    return int.from_bytes(payload, sys.byteorder)


def request(sock, command, payload, flags):
    """Yield the attributes of every message of the answer."""
    body = struct.pack("=BBH", command, 1, 0) + payload
    sock.send(struct.pack("=IHHII", 16 + len(body), GENL_ID_CTRL, NLM_F_REQUEST | flags, 1, 0)
              + body)
    while True:
        data = sock.recv(1 << 16)
        while len(data) >= 16:
            length, type_ = struct.unpack_from("=IH", data)
            if type_ in (NLMSG_ERROR, NLMSG_DONE):
                code = struct.unpack_from("=i", data, 16)[0]
                if code:
                    raise OSError(-code, os.strerror(-code))
                return
            yield data[20:length]
            data = data[(length + 3) & ~3:]


class Live:
    """What the kernel says of the family."""

    def __init__(self, name):
        self.operations, self.policies, self.uses, self.groups = {}, {}, {}, set()
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC) as sock:
            sock.bind((0, 0))
            payload = attr(CTRL_ATTR_FAMILY_NAME, name.encode() + b"\0")
            try:
                for message in request(sock, CTRL_CMD_GETFAMILY, payload, NLM_F_ACK):
                    self.take_family(message)
            except FileNotFoundError:
                raise LookupError(f"this kernel has no family {name}: modprobe bfd") from None
            payload = attr(CTRL_ATTR_FAMILY_ID, struct.pack("=H", self.id))
            for message in request(sock, CTRL_CMD_GETPOLICY, payload, NLM_F_DUMP):
                self.take_policy(message)

    def take_family(self, message):
        for type_, payload in attrs(message):
            if type_ == CTRL_ATTR_FAMILY_ID:
                self.id = number(payload)
            elif type_ == CTRL_ATTR_VERSION:
                self.version = number(payload)
            elif type_ == CTRL_ATTR_OPS:
                for _, operation in attrs(payload):
                    parts = dict(attrs(operation))
                    self.operations[number(parts[OP_ID])] = number(parts[OP_FLAGS])
            elif type_ == CTRL_ATTR_MCAST_GROUPS:
                for _, group in attrs(payload):
                    self.groups.add(dict(attrs(group))[1].rstrip(b"\0").decode())

    def take_policy(self, message):
        for type_, payload in attrs(message):
            if type_ == CTRL_ATTR_OP_POLICY:
                for operation, uses in attrs(payload):
                    self.uses.setdefault(operation, {}).update(
                        (kind, number(index)) for kind, index in attrs(uses))
            elif type_ == CTRL_ATTR_POLICY:
                for index, entries in attrs(payload):
                    for name, rule in attrs(entries):
                        self.policies.setdefault(index, {})[name] = dict(attrs(rule))


def rule_of(rule):
    """(type, limits) of a kernel's rule for an attribute"""
    type_ = TYPE_NAMES.get(number(rule[POLICY_TYPE]), number(rule[POLICY_TYPE]))
    limits = {}
    if type_ in WIDTHS:
        top = (1 << WIDTHS[type_]) - 1
        limits = {"min": number(rule.get(POLICY_MIN_U, b"\0")),
                  "max": number(rule[POLICY_MAX_U]) if POLICY_MAX_U in rule else top}
    elif type_ in ("binary", "string"):
        limits = {"min-len": number(rule.get(POLICY_MIN_LEN, b"\0")),
                  "max-len": number(rule.get(POLICY_MAX_LEN, b"\0"))}
    return (type_, limits)


def rule_wanted(attribute):
    type_, checks = attribute["type"], attribute.get("checks", {})
    limits = {}
    if type_ in WIDTHS:
        limits = {"min": checks.get("min", 0),
                  "max": checks.get("max", (1 << WIDTHS[type_]) - 1)}
    elif type_ in ("binary", "string"):
        limits = {"min-len": checks.get("min-len", 0), "max-len": checks.get("max-len", 0)}
    return (type_, limits)


def compare_policy(diff, spec, live, operation, kind):
    what = f"{operation['name']} {kind}"
    index = live.uses.get(operation["value"], {}).get({"do": POLICY_DO, "dump": POLICY_DUMP}[kind])
    policy = live.policies.get(index, {})
    names = operation.get(kind, {}).get("request", {}).get("attributes", [])
    if kind == "dump" and "do" in operation:
        # The operations of these kernels have one policy for both.
        names = operation["do"]["request"]["attributes"]
    wanted = {spec.attribute(operation["attribute-set"], n)["value"]: n for n in names}
    diff.equal(f"attributes of {what}", sorted(policy), sorted(wanted))
    for value in policy.keys() & wanted.keys():
        attribute = spec.attribute(operation["attribute-set"], wanted[value])
        diff.equal(f"{what}: {wanted[value]}", rule_of(policy[value]), rule_wanted(attribute))
        if attribute["type"] == "nest" and POLICY_IDX in policy[value]:
            compare_nest(diff, spec, live, number(policy[value][POLICY_IDX]), attribute, what)


def compare_nest(diff, spec, live, index, attribute, what):
    known = {a["value"]: a for a in spec.sets[attribute["nested-attributes"]]["attributes"]}
    for value, rule in live.policies.get(index, {}).items():
        diff.equal(f"{what}: {attribute['name']} {value}", rule_of(rule),
                   rule_wanted(known[value]) if value in known else None)


def compare_live(diff, spec, live):
    diff.equal("version", live.version, spec.yaml["version"])
    diff.equal("groups", live.groups, {g["name"] for g in spec.yaml["mcast-groups"]["list"]})
    asked = [o for o in spec.operations() if "event" not in o]
    diff.equal("commands", sorted(live.operations), sorted(o["value"] for o in asked))
    for operation in asked:
        flags = live.operations.get(operation["value"], 0) & ~GENL_CMD_CAP_HASPOL
        want = sum(OP_FLAG_NAMES[f] for f in operation.get("flags", []))
        want |= GENL_CMD_CAP_DO if "do" in operation else 0
        want |= GENL_CMD_CAP_DUMP if "dump" in operation else 0
        diff.equal(f"flags of {operation['name']}", flags, want)
        for kind in ("do", "dump"):
            if kind in operation:
                compare_policy(diff, spec, live, operation, kind)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--live", action="store_true", help="also ask the running kernel")
    parser.add_argument("--spec", default=os.path.join(HERE, "specs", "bfd.yaml"))
    parser.add_argument("--header",
                        default=os.path.join(HERE, "..", "..", "uapi", "linux", "bfd.h"))
    options = parser.parse_args()
    diff = Differences()
    try:
        spec = Spec(options.spec)
        compare_header(diff, spec, Header(options.header))
        if options.live:
            compare_live(diff, spec, Live(spec.yaml["name"]))
    except (OSError, LookupError, ValueError) as error:
        print(f"check-spec: {error}", file=sys.stderr)
        return 2
    for line in diff.found:
        print(f"check-spec: {line}")
    print(f"check-spec: {diff.compared} compared, {len(diff.found)} differ")
    return 1 if diff.found else 0


if __name__ == "__main__":
    sys.exit(main())
