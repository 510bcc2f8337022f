"""What is done about the recommendations, and the Django project itself."""
