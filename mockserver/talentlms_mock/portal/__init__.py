"""One customer's site: its data, rules, clock, limits, faults and requests, without HTTP."""
