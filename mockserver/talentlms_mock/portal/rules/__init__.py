"""The rules of the vendor's domain: what is allowed in a portal, and what follows from it."""
