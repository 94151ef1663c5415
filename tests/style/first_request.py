#!/usr/bin/env python3
"""The first request a reader copies asks for a model the demo has. Usage: first_request.py ROOT"""
import os
import re
import sys

import tree


def text_of(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def main(root):
    model = re.search(r'demo_model = "([^"]+)"', text_of(root, "engine/core/config/demo.h"))[1]
    places = ("README.md", "dev")
    tree.finish([f"{place}:1: does not ask for {model}" for place in places if model not in text_of(root, place)],
                len(places))


if __name__ == "__main__":
    main(sys.argv[1])
