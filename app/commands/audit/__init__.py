"""lmdt audit: what the transparency log says, proved."""
