"""What is done with the record as a whole: decided again, held to the log, let go when its time is over."""
