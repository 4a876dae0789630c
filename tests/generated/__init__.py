"""What is written from the code and kept in the project: tables of the README, and examples."""
