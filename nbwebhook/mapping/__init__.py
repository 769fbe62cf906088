"""One response to one outcome."""
