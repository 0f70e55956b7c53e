"""Whether a reader printed each change once, those of an account in their order. compare.py WANTED FOUND"""

import sys
from collections import defaultdict


def by_account(path):
    lines = defaultdict(list)
    for line in open(path, encoding="utf-8"):
        lines[line.split()[1].split("/")[0]].append(line)
    return lines


wanted, found = map(by_account, sys.argv[1:])
for account in wanted.keys() | found.keys():
    if wanted[account] != found[account]:
        sys.exit(f"{account}: wanted\n{''.join(wanted[account])}found\n{''.join(found[account])}")
