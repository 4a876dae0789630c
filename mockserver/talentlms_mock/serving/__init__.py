"""The running server: ports, event loop, proxy, and the environment of other programs."""
