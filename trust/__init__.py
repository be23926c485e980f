"""The books: what the Trust itself keeps. It keeps who asked for what and why, never figures."""
