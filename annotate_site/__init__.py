"""The Django site: comparisons for annotators, runs for managers, datasets for researchers."""
