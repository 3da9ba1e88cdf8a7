"""Speed, measured as ratios: what we do beside a reference, in one run, in turns."""
