"""The database of a portal: its tables, its transactions, and the events of the timeline."""
