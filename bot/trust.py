"""Whom this process believes to be who they say they are, over TLS."""

import ssl
from functools import cache


@cache
def machine_trust() -> ssl.SSLContext:
    """The certificates of this machine, for everything that connects to others.

    To read all of them takes tens of milliseconds, in which no caller is served: they are read
    once. OpenSSL's SSL_CERT_FILE and SSL_CERT_DIR name others.
    """
    return ssl.create_default_context()
