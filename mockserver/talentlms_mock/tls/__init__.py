"""The certificate authority of this machine, and the TLS contexts of servers and clients."""
