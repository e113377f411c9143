"""A service that makes files: it checks who asks, tells how far it is, and sends the rest of a file that broke off.

SERVICE_SECRET=… python3 service.py 8000
"""

import base64
import hashlib
import hmac
import json
import os
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

SECRET = os.environ["SERVICE_SECRET"].encode()
PAUSE_S = float(os.environ.get("SERVICE_PAUSE_S", "0"))  # after each block, as real work would take
CLOCK_SKEW_S = 300
ROWS, ROW_BYTES, BLOCK_ROWS = 20_000, 32, 500
SIGNED = '("@method" "@authority" "@path" "@query" "content-digest")'
SIGNATURE_INPUT = re.compile(
    r'carryout=(\(.*\);created=(\d+);nonce="([\w-]+)";keyid="[^"]*";alg="hmac-sha256")'
)
seen_nonces = {}
rows_done = {}


def row(year, number):
    return f"{year}-{number:08},{number * 7919 % 10000}".ljust(ROW_BYTES - 1).encode() + b"\n"


def base64_of(digest):
    return base64.b64encode(digest).decode()


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if not self.is_signed(body=b""):
            return self.problem(401, "The signature is missing, wrong, too old, or was used before.")
        url = urlsplit(self.path)
        year = parse_qs(url.query).get("year", [""])[0]
        if url.path == "/progress":
            return self.send_progress(year)
        if url.path != "/orders":
            return self.problem(404, "There is nothing at this address.")
        if not re.fullmatch(r"20\d\d", year):
            return self.problem(422, f"There are no orders of {year}.", expose=True)
        try:
            self.send_orders(year)
        except ConnectionError:  # it will ask for the rest
            self.close_connection = True

    def is_signed(self, body):
        """RFC 9421, with the components that Carryout covers."""
        given = SIGNATURE_INPUT.fullmatch(self.headers.get("Signature-Input", ""))
        if given is None or not given[1].startswith(SIGNED):
            return False
        parameters, created, nonce = given.groups()
        digest = f"sha-256=:{base64_of(hashlib.sha256(body).digest())}:"
        path, mark, query = self.path.partition("?")
        base = "\n".join([
            f'"@method": {self.command}',
            f'"@authority": {self.headers["Host"]}',
            f'"@path": {path}',
            f'"@query": ?{query}',
            f'"content-digest": {digest}',
            f'"@signature-params": {parameters}',
        ])
        signature = f"carryout=:{base64_of(hmac.digest(SECRET, base.encode(), 'sha256'))}:"
        now = time.time()
        for old in [nonce for nonce, until in list(seen_nonces.items()) if until < now]:
            seen_nonces.pop(old, None)
        if not hmac.compare_digest(signature, self.headers.get("Signature", "")):
            return False
        if abs(now - int(created)) > CLOCK_SKEW_S or nonce in seen_nonces:
            return False
        seen_nonces[nonce] = now + 2 * CLOCK_SKEW_S
        return True

    def send_orders(self, year):
        etag = f'"orders-{year}-1"'  # names the bytes: another one for other data
        size = ROWS * ROW_BYTES
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        first = int(wanted[1]) if wanted and self.headers.get("If-Range") == etag else 0
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{size - 1}/{size}")
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(size - first))
        self.send_header("ETag", etag)
        self.send_header("Carryout-Progress", f"/progress?year={year}")
        self.end_headers()
        done, skip = divmod(first, ROW_BYTES)
        while done < ROWS:
            numbers = range(done, min(done + BLOCK_ROWS, ROWS))
            self.wfile.write(b"".join(row(year, number) for number in numbers)[skip:])
            done, skip = numbers.stop, 0
            rows_done[year] = done
            time.sleep(PAUSE_S)

    def send_progress(self, year):
        """One line. It is asked for again as long as the file is on its way."""
        done = rows_done.get(year, 0)
        line = {"done": done, "total": ROWS, "message": f"{done} of {ROWS} orders"}
        self.send_text(200, "application/x-ndjson", json.dumps(line) + "\n")

    def problem(self, status, detail, expose=False):
        """RFC 9457. With expose the user reads the detail; without it, the log."""
        self.send_text(status, "application/problem+json", json.dumps({"detail": detail, "expose": expose}))

    def send_text(self, status, content_type, text):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Service)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
