"""What clients recorded: HTTP archives, journals of the mock, and Postman collections."""
