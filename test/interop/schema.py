"""Numbers of the TFLite schema that the LiteRT package carries, for the names given as JSON in a file."""
import json
import re
import sys

from ai_edge_litert import schema_py_generated as schema

wanted = json.load(open(sys.argv[1]))
source = open(schema.__file__).read()
enums = {name: {key: value for key, value in vars(getattr(schema, name)).items() if isinstance(value, int)} for name in wanted["enums"]}
tables = {}
for name in wanted["tables"]:
    found = re.findall(r"\ndef %sAdd(\w+)\(builder, [^)]*\):\s+builder\.Prepend\w+Slot\((\d+)," % name, source)
    tables[name] = {field: int(slot) for field, slot in found}
print(json.dumps({"enums": enums, "tables": tables}))
