"""Training, validation and test data: what people call them, and how those that are missing are carved out."""
