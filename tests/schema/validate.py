# SPDX-License-Identifier: GPL-2.0-or-later
"""validate.py SCHEMA FILE: is every line of FILE valid? Says of each error where it is."""
import json
import pathlib
import sys

import jsonschema


def read_schema(path):
    """A schema that refers to a file takes over what that defines: the ways of the library
    to follow such a reference differ between its versions."""
    read = json.loads(path.read_text(encoding="utf-8"))
    name, _, pointer = read.get("$ref", "").partition("#")
    if name:
        read["$defs"] = read_schema(path.with_name(name))["$defs"]
        read["$ref"] = "#" + pointer
    return read


schema = read_schema(pathlib.Path(sys.argv[1]))
validator_class = jsonschema.validators.validator_for(schema)
validator_class.check_schema(schema)
validator = validator_class(schema)
with open(sys.argv[2], encoding="utf-8") as file:
    lines = file.read().splitlines()
errors = [] if lines else ["nothing in it"]
for number, line in enumerate(lines, 1):
    for error in validator.iter_errors(json.loads(line)):
        errors.append(f"line {number}: {error.json_path}: {error.message[:300]}")
for error in errors:
    print(error)
sys.exit(bool(errors))
