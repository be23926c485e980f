"""Whether the gateway bears what it may meet: `python -m bench.trials clients|durability|kills|revocations|soak`."""
