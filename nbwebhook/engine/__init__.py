"""Many leads, bounded: the run."""
