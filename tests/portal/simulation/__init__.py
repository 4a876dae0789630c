"""The time-lapse, mirrored."""
