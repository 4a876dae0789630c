"""The vendor's API over HTTP: the checks of a request, the operations, and the responses."""
