"""Speed and memory, runnable by anyone: `make bench`. Results lie in benchmarks/results/."""
