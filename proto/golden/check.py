#!/usr/bin/python3
"""Holds the golden vectors against Python's protobuf: the bytes (written by our C encoder) are the canonical
serialization of the text, and the text is what the bytes say. Exit 1 when one differs.

  check.py --descriptors FILE            checks every vector
  check.py --descriptors FILE --write    writes the text of every vector anew from its bytes

FILE is a descriptor set of referral/v1/*.proto: protoc --include_imports --descriptor_set_out=FILE; the build makes
build/<preset>/proto/referral.desc."""
import argparse
import pathlib
import re
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory, text_format

FOLDER = pathlib.Path(__file__).resolve().parent
FILES = {"Envelope": "message", "Entry": "entry", "StateRecord": "state"}


def message_class(pool, name):
    descriptor = pool.FindMessageTypeByName("referral.v1." + name)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


def text_of(pool, value, name):
    head = f"# proto-file: referral/v1/{FILES[name]}.proto\n# proto-message: referral.v1.{name}\n"
    return head + text_format.MessageToString(value, as_utf8=True, descriptor_pool=pool)


def name_for(stem):
    return {"entry": "Entry", "state": "StateRecord"}.get(stem.split("-")[0], "Envelope")


def check(pool, path):
    """Problems of one vector, as lines."""
    data = path.read_bytes()
    text_path = path.with_suffix(".txt")
    if not text_path.exists():
        return [f"{text_path.name}: is missing"]
    text = text_path.read_text(encoding="utf-8")
    named = re.search(r"^# proto-message: referral\.v1\.(\w+)$", text, re.M)
    if named is None:
        return [f"{text_path.name}:2: the line '# proto-message: referral.v1.NAME' is missing"]
    made = message_class(pool, named[1])
    problems = []
    if text_format.Parse(text, made(), descriptor_pool=pool).SerializeToString(deterministic=True) != data:
        problems.append(f"{text_path.name}: its canonical bytes are not those of {path.name}")
    try:
        if text_of(pool, made.FromString(data), named[1]) != text:
            problems.append(f"{path.name}: says something else than {text_path.name}")
    except message.DecodeError as error:
        problems.append(f"{path.name}: {error}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--descriptors", required=True, type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(options.descriptors.read_bytes()).file:
        pool.Add(file)
    vectors = sorted(FOLDER.glob("*.bin"))
    if options.write:
        for path in vectors:
            name = name_for(path.stem)
            value = message_class(pool, name).FromString(path.read_bytes())
            path.with_suffix(".txt").write_text(text_of(pool, value, name), encoding="utf-8")
        return 0
    problems = [problem for path in vectors for problem in check(pool, path)]
    problems += [f"{path.name}: has no .bin" for path in sorted(FOLDER.glob("*.txt"))
                 if not path.with_suffix(".bin").exists()]
    if len(vectors) < 12:
        problems.append(f"{FOLDER}: {len(vectors)} vectors, expected a dozen at least")
    for problem in problems:
        print(f"proto/golden/{problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
