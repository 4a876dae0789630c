"""What the portal's own web pages show and do, without HTTP: keys, sign-ins, courses, payments."""
