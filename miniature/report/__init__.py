"""`python -m miniature.report`: what the world's models reach, beside what they should reach."""
