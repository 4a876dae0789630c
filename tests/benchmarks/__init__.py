"""How fast the mock is and what it weighs: `make bench`. Nothing here asserts a time."""
