"""From events and calls to jobs."""
