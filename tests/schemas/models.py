"""Reads each record by the model of its schema, and writes it again: as it was. models.py FOLDER_OF_MODELS SCHEMAS RECORDS"""

import importlib
import json
import re
import sys
from collections import Counter
from pathlib import Path

folder, schemas, records = sys.argv[1:]
sys.path.insert(0, folder)


def model(file):
    module = importlib.import_module("models." + file.removesuffix(".json").replace("-", "_").replace(".", "_"))
    title = json.loads(Path(schemas, file).read_text())["title"]
    return getattr(module, "".join(word[:1].upper() + word[1:] for word in title.replace("_", ".").split(".")))


# An instant is the same with fewer zeros: pydantic writes six digits of a fraction.
FRACTION = re.compile(r"(T\d\d:\d\d:\d\d\.\d*?)0+Z")


def read_again(text):
    return json.loads(FRACTION.sub(r"\1Z", text))


models = {path.name: model(path.name) for path in Path(schemas).glob("*.json")}
read = Counter()
for line in open(records, encoding="utf-8"):
    told = json.loads(line)
    schema, record = told["schema"], told["record"]
    # What is not set is not written, so that what was absent is absent again.
    text = models[schema].model_validate_json(json.dumps(record)).model_dump_json(by_alias=True, exclude_unset=True)
    if read_again(text) != read_again(json.dumps(record)):
        sys.exit(f"{schema}: {json.dumps(record)}\nis written as {text}")
    read[schema] += 1
if missing := models.keys() - read.keys():
    sys.exit(f"no record of {sorted(missing)}")
print(f"{read.total()} records of {len(models)} schemas read and written again")
