"""The portal's own web pages, as far as the API or a message hands out their addresses."""
