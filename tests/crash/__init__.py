"""What is left when an operation fails, or its process is killed, at any point of it."""
