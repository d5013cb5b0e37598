#!/usr/bin/python3
"""Holds the contract's words for integration engineers: every field has a comment, every message and enum too, a
message's comment says who sets it, and no line is longer than 100 columns. Every problem is one line; exit 1.

  proto_words.py --descriptors FILE --source proto"""
import argparse
import pathlib
import sys

from google.protobuf import descriptor_pb2

MESSAGE, ENUM, FIELD = 4, 5, 2  # field numbers of FileDescriptorProto and DescriptorProto
COLUMNS_MAX = 100


def comments(file):
    return {tuple(place.path): " ".join((place.leading_comments + place.trailing_comments).split())
            for place in file.source_code_info.location}


def words_of(file):
    """Problems of one file, as lines."""
    said = comments(file)
    for e, enum in enumerate(file.enum_type):
        if not said.get((ENUM, e)):
            yield f"{file.name}: enum {enum.name} has no comment"
    for m, message in enumerate(file.message_type):
        if "Set by" not in said.get((MESSAGE, m), ""):
            yield f"{file.name}: the comment of message {message.name} does not say who sets it: 'Set by ...'"
        for f, field in enumerate(message.field):
            if len(said.get((MESSAGE, m, FIELD, f), "")) < 4:
                yield f"{file.name}: {message.name}.{field.name} has no comment"


def lines_of(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if len(line) > COLUMNS_MAX:
            yield f"{path.name}:{number}: {len(line)} columns, at most {COLUMNS_MAX}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--descriptors", required=True, type=pathlib.Path)
    parser.add_argument("--source", required=True, type=pathlib.Path)
    options = parser.parse_args()
    files = descriptor_pb2.FileDescriptorSet.FromString(options.descriptors.read_bytes()).file
    problems = [problem for file in files for problem in words_of(file)]
    problems += [problem for file in files for problem in lines_of(options.source / file.name)]
    if len(files) < 5:
        problems.append(f"{len(files)} files in the descriptor set, expected 5 at least")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
