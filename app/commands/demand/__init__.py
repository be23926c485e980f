"""lmdt demand."""
