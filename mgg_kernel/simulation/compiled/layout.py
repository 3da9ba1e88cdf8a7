"""Where each number of a shot stands in the arrays that compiled code reads; all of it in SI.

A shot is three arrays: `shot` of shape (SHOT_SIZE,), `charge` of shape (charges, CHARGE_SIZE) and
`law` of shape (charges, pieces, 3): from which pressure [Pa] on, ln(a/e1) and n.  Unused pieces
begin at infinity.
"""

__all__ = ["room_size"]

# shot: the free volume before anything burns; air; the igniter's gas; wall; vent
VOLUME, CLEARANCE = 0, 1
AIR_R, AIR_CV, AIR_ENERGY, AIR_MASS = 2, 3, 4, 5
IGNITER_R, IGNITER_CV, IGNITER_ENERGY, IGNITER_MASS, IGNITER_COVOLUME = 6, 7, 8, 9, 10
START, TIME_CONSTANT = 11, 12
CONDUCTANCE, WALL_TEMPERATURE, DENSITY_EXPONENT, REFERENCE_DENSITY = 13, 14, 15, 16
ENERGY_SCALE = 17
VENT_AREA, OUTSIDE_PRESSURE = 18, 19
"""The vent's area is its discharge coefficient times its area; 0 means that there is none."""
NEAR_OUTSIDE = 1e-5
"""How near to the pressure outside, as a share of the pressure, the flow is made regular."""
LEAST_SHARE = 1e-6
"""Which share of all the gas there can be never leaves."""
TOTAL_MASS, TOTAL_R, TOTAL_CV, TOTAL_COVOLUME = 20, 21, 22, 23
LATE_SHARE, DECAY_TIME = 24, 25
"""Of the heat transfer: what is left of it late, and how fast it falls to that."""
RELEASE_EXPONENT = 26
SHOT_SIZE = 27

# charge: what it gives when all of it has burnt; form; slivers; ignition
GAS_R, GAS_CV, GAS_ENERGY, GAS_MASS, GAS_COVOLUME, VOLUME_TAKEN = 0, 1, 2, 3, 4, 5
CHI, LAMBDA, MU = 6, 7, 8
IGNITION_PRESSURE = 9
FIRST_BREAK, SECOND_BREAK = 10, 11
"""Depths as shares of the half web where slivers begin and where the inner ones end; 1: never."""
HALF_WEB, PITCH, SLIVER_DEPTH, LENGTH, INITIAL_VOLUME = 12, 13, 14, 15, 16
CHARGE_SIZE = 17

# what a charge is doing
WAITING, WHOLE, ALL_SLIVERS, OUTER_SLIVERS, BURNT = 0, 1, 2, 3, 4

# the state: a depth per charge, the wall's heat, and with a vent what has left
VENTED_STATES = 5
"""Mass, ΣmR, Σmc_v, covolume, energy; each as a share of all there can be."""

ALL_RELEASED = 38.0
"""After so many time constants the igniter's rest is below the last bit of 1."""

# one step, and what is worked out along the way
STAGES, DENSE_TERMS = 16, 7
SCRATCH_ROWS, CHUNK = 6, 256
"""Per sample: share of the step, share of the igniter, and four sums; of so many samples at once,
which the processor's nearest memory holds."""


def room_size(samples: int, most: int) -> int:
    """Return how many numbers of room a shot of at most so many charges and samples needs."""
    states = (most + 1 + VENTED_STATES + 3) // 4 * 4
    return SCRATCH_ROWS * CHUNK + (3 + STAGES + DENSE_TERMS) * states + samples
