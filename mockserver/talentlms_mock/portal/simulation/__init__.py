"""The time-lapse: what people do in a portal while days of its clock go by."""
