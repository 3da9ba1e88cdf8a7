"""The chain of the operation log: sealing it, publishing its head, and finding who rewrote it."""
