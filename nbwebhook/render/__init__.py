"""A webhook and a lead to one request, byte for byte."""
