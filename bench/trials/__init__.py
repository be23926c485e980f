"""Whether the gateway bears what it may meet: `python -m bench.trials --help` lists the trials."""
