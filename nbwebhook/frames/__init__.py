"""pandas at the edge: leads in, outcomes out."""
