"""The part of the simulation that is compiled; it loads numba, so import it late."""
