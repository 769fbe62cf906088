"""Findings about a definition and its leads, before anything is sent."""
