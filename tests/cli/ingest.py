# SPDX-License-Identifier: GPL-2.0-or-later
"""ingest.py FILE STATUS ANSWER: takes one POST on a free port of 127.0.0.1, which it prints, writes what
came as JSON to FILE, and answers with STATUS and ANSWER.  The profile is read without a library."""
import email.parser, email.policy, gzip, http.server, json, sys, urllib.parse


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        shift, at = shift + 7, at + 1
        if byte < 128:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            raise ValueError("wire type %d" % (key & 7))
        yield key >> 3, value


def packed(value):
    if isinstance(value, int):
        return [value]
    at, out = 0, []
    while at < len(value):
        one, at = varint(value, at)
        out.append(one)
    return out


def totals(profile):
    """The sum of each sample type, by its name."""
    parts = list(fields(profile))
    texts = [value.decode() for number, value in parts if number == 6]
    names = [texts[dict(fields(value))[1]] for number, value in parts if number == 1]
    sums = [0] * len(names)
    for number, sample in parts:
        if number == 2:
            values = sum((packed(value) for n, value in fields(sample) if n == 2), [])
            sums = [a + b for a, b in zip(sums, values)]
    return dict(zip(names, sums))


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        head = "Content-Type: %s\r\n\r\n" % self.headers["Content-Type"]
        form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head.encode() + body)
        parts = {part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
                 for part in form.iter_parts()}
        url = urllib.parse.urlsplit(self.path)
        came = {"path": url.path, "query": dict(urllib.parse.parse_qsl(url.query)),
                "authorization": self.headers.get("Authorization", ""),
                "totals": totals(gzip.decompress(parts["profile"])),
                "types": json.loads(parts["sample_type_config"])}
        with open(sys.argv[1], "w") as file:
            json.dump(came, file)
        status, answer = int(sys.argv[2]), sys.argv[3].encode().decode("unicode_escape").encode("latin-1")
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "file:///etc/passwd")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.handle_request()
