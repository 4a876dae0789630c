"""The requests to a portal: kept, filtered, asserted, and explained where one is missing."""
