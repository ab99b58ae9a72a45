"""What each claim about speed is measured with: ``python -m benchmarks`` runs all and writes docs/benchmarks.md."""
