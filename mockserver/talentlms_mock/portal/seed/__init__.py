"""The data that a portal starts with: datasets, names, histories, and cached templates."""
