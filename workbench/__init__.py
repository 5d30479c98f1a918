"""What every package below the site shares: files, runs, manifests, profiles, command-line manners.

Nothing here loads torch, Django or any model, so every entry point may import it at once.
"""
