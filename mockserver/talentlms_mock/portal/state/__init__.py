"""What a portal is besides its data: settings, API keys, clock and rate limits."""
