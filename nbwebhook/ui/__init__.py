"""The panel: everything this package does, without writing code."""
