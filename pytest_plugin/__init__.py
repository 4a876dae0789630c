"""The pytest plugin's place: it holds nothing yet, and pytest does not load it."""
