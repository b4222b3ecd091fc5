"""An old stack: tlslite-ng serving SSL 3.0 to TLS 1.1 at 127.0.0.1:PORT, with rsa.pem and rsa.key of the working directory.

It answers alert 47 to a client that sends an address as server name.
"""
import socket
import sys
import threading

from tlslite.api import HandshakeSettings, TLSConnection, X509, X509CertChain, parsePEMKey

certificate = X509()
certificate.parse(open("rsa.pem").read())
chain = X509CertChain([certificate])
key = parsePEMKey(open("rsa.key").read(), private=True)
settings = HandshakeSettings()
settings.minVersion, settings.maxVersion = (3, 0), (3, 2)
settings.cipherNames = ["aes256", "aes128", "3des", "rc4", "null"]
settings.macNames = ["sha", "md5"]


def serve(connection):
    try:
        TLSConnection(connection).handshakeServer(certChain=chain, privateKey=key, settings=settings)
    except Exception:
        pass  # Clients that only ask break off.
    connection.close()


listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=50)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
