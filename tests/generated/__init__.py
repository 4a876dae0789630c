"""What is written from the code and kept in the project: parts of pages, and examples."""
