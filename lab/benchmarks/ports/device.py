"""The device of the benchmark: `device.py ADDRESS...` listens until it is ended.

Nine TCP ports on every address accept and hang up. Prints `ready` once they do.
"""

import select
import socket
import sys

PORTS = [22, 23, 80, 443, 1883, 8080, 49152, 60001, 65535]


def listener(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    opened = socket.socket(family)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((address, port))
    opened.listen(512)
    opened.setblocking(False)
    return opened


listeners = [listener(address, port) for address in sys.argv[1:] for port in PORTS]
print("ready", flush=True)
while True:
    for opened in select.select(listeners, [], [])[0]:
        try:
            opened.accept()[0].close()
        except OSError:
            pass  # whoever knocked has gone
