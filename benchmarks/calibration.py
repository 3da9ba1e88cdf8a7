"""How long a calibration of a whole recipe database takes, every product left out once."""

from benchmarks.measure import Result, compare_speed
from mgg_kernel.calibration import calibrate
from mgg_kernel.calibration.made_up import made_up_lab
from mgg_kernel.simulation import simulate_many

__all__ = ["measure"]

PRODUCTS, CURVES = 102, 3
TWO_MINUTES_S = 120.0


def measure() -> list[Result]:
    """Measure a calibration beside simulating its products, and beside the two minutes it may take.

    The lab is made up, as large as the recipe database the structure was chosen on.
    """
    lab = made_up_lab(PRODUCTS, curves=CURVES)
    recipes = [one.recipe for one in lab.observations]

    def whole() -> object:
        return calibrate(lab.observations, lab.curves)

    model = calibrate(lab.observations, lab.curves).model
    beside = compare_speed(
        f"calibration on {PRODUCTS} products and {CURVES} curves, each product left out once",
        whole,
        "its products simulated 20 times, one after the other",
        lambda: [simulate_many(recipes, model, threads=1) for _ in range(20)],
        target=10,
        pairs=1,
    )
    limit = Result("the same", "the two minutes it may take", beside.ours_s, TWO_MINUTES_S, 1.0)
    return [beside, limit]
