"""lmdt agreements: from a refused query to a signed agreement, and to its end."""
