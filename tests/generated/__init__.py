"""What is written from the code and kept: parts of pages, the man page, and examples."""
