"""What was published: organisations, inspections and their recommendations."""
