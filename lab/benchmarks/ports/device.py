"""The device of the benchmark: `device.py ADDRESS...` listens until it is ended.

Nine TCP ports on every address accept and hang up. Of UDP, four ports answer and three are open and keep silent.
Prints `ready` once they do.
"""

import select
import socket
import sys

UDP_ANSWERING = [53, 161, 5353, 5683]
UDP_SILENT = [69, 1900, 12345]
PORTS = [22, 23, 80, 443, 1883, 8080, 49152, 60001, 65535]


def listener(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    opened = socket.socket(family)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((address, port))
    opened.listen(512)
    opened.setblocking(False)
    return opened


def udp(address, port):
    opened = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    opened.bind((address, port))
    return opened


silent = [udp(address, port) for address in sys.argv[1:] for port in UDP_SILENT]
answering = [udp(address, port) for address in sys.argv[1:] for port in UDP_ANSWERING]
listeners = [listener(address, port) for address in sys.argv[1:] for port in PORTS]
print("ready", flush=True)
while True:
    for opened in select.select(listeners + answering, [], [])[0]:
        if opened in answering:
            datagram, peer = opened.recvfrom(2048)
            opened.sendto(datagram, peer)
            continue
        try:
            opened.accept()[0].close()
        except OSError:
            pass  # whoever knocked has gone
