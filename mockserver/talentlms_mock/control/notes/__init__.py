"""What the document of the control API says: of fields and parameters, and as examples."""
