"""A live portal: what is asked of it, how fast, and keeping what was seen for a later run."""
