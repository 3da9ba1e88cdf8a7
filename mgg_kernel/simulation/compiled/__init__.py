"""The part of the simulation that is compiled; only `entries` and what it uses load numba."""
