"""The operations of the vendor's API, one module for each resource."""
