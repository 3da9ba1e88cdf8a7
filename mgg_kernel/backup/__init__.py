"""Backups: one consistent, encrypted set of everything a lab cannot make again, and its return."""
