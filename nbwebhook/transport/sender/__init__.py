"""A process beside a run that does nothing but make its calls."""
