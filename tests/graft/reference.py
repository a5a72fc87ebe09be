"""Restores inputs with an independent program, restore-one-input.py, whose folder is the argument.

Reads one JSON value a line: {"locks": [FILE, …]} first, then {"now": n, "then": n, "input": […], "overrides": null or
[[path, target or null], …]}. Answers each of these with {"refused": why} or {"lock": text, "notes": […]}."""

import importlib.util
import json
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
sys.setrecursionlimit(20000)
spec = importlib.util.spec_from_file_location("reference", sys.argv[1] + "/restore-one-input.py")
reference = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reference)

files = json.loads(sys.stdin.readline())["locks"]
trees = {}


def tree(number):
    if number not in trees:
        with open(files[number], "rb") as file:
            trees[number] = reference.load_tree(file.read())
    return trees[number]


for line in sys.stdin:
    asked = json.loads(line)
    overrides = asked.get("overrides")
    if overrides is not None:
        overrides = {tuple(p): ("ref", None) if t is None else ("follows", tuple(t)) for p, t in overrides}
    if asked.get("input") is None:
        print(json.dumps({"lock": reference.emit(7, tree(asked["now"])).decode()}))
        continue
    try:
        made, notes = reference.graft(tree(asked["now"]), tree(asked["then"]), tuple(asked["input"]), overrides)
    except (reference.Refuse, reference.LockError) as why:
        print(json.dumps({"refused": str(why)}))
        continue
    print(json.dumps({"lock": reference.emit(7, made).decode(), "notes": notes}))
