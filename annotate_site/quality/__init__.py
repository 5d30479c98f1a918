"""What project managers see and do: settings, texts, people, quality, disagreements, the log."""
