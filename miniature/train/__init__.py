"""The recipes that made the shipped weights: `python -m miniature.train painter|embedder`."""
