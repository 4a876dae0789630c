"""What a portal knows of the API: its operations, their response fields, and every error."""
