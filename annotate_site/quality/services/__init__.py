"""What managers change; every change leaves a row in the audit log."""
