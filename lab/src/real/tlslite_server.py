"""A web server of one page inside tlslite-ng's TLS, which still speaks SSL 3.

    tlslite_server.py ADDRESS PORT PEM SETTINGS

PEM holds a certificate and its key. SETTINGS is JSON: fields of tlslite's HandshakeSettings.
"""

import json
import socket
import sys
import threading

from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey

PAGE = b"HTTP/1.0 200 OK\r\nServer: tlslite-ng\r\nContent-Type: text/html\r\n\r\n<title>Hub</title>\n"
# Seconds for each thing that a client says.
PATIENCE = 10


def main(address, port, pem, settings):
    with open(pem, encoding="ascii") as file:
        text = file.read()
    chain = X509CertChain()
    chain.parsePemList(text)
    key = parsePEMKey(text, private=True)
    with socket.create_server((address, int(port)), backlog=64) as listener:
        while True:
            stream, _ = listener.accept()
            serve = threading.Thread(target=answer, args=(stream, chain, key, told(settings)))
            serve.daemon = True
            serve.start()


def told(settings):
    told = HandshakeSettings()
    for name, value in json.loads(settings).items():
        if not hasattr(told, name):
            raise SystemExit(f"tlslite knows no setting {name}")
        # Versions are pairs.
        setattr(told, name, tuple(value) if name.endswith("Version") else value)
    return told


def answer(stream, chain, key, settings):
    with stream:
        stream.settimeout(PATIENCE)
        connection = TLSConnection(stream)
        try:
            connection.handshakeServer(certChain=chain, privateKey=key, settings=settings)
            request = b""
            while b"\r\n\r\n" not in request and len(request) < 8192:
                part = connection.read(max=1024, min=1)
                if not part:
                    return
                request += bytes(part)
            connection.write(PAGE)
            connection.close()
        # Whoever asks for what it does not take gets an alert from the library, and no page.
        except Exception as fault:
            print(repr(fault), flush=True)


main(*sys.argv[1:])
