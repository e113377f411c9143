"""Writes its file to standard output, and its progress to file descriptor 3."""

import json
import os
import sys

up_to = int(sys.argv[1])
progress = os.fdopen(3, "w", buffering=1)  # each line goes out at once

print("number,square")
for number in range(1, up_to + 1):
    print(f"{number},{number * number}")
    if number % 1000 == 0 or number == up_to:
        line = {"done": number, "total": up_to, "message": f"{number} of {up_to}"}
        print(json.dumps(line), file=progress)
