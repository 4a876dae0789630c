"""What ASGI does not give: an HTTP request as one object, and the connection below it."""
