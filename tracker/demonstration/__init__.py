"""Invented work for demonstrations and measurements; never loaded in production."""
