"""What each command of lmdt does. Each module imports what it runs: a token need not wait for a whole gateway."""
