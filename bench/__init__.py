"""How much CPU a query costs: `make bench`. Told as CPU time of the gateway's process, and as ratios in one run."""
