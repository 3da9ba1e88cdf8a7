"""``ws.models``: versions of the simulation model, from a calibration to the one in use."""

from collections.abc import Callable, Sequence
from typing import Any

from mgg_kernel.calibration import Calibration, MeasuredCurve, Observation, Progress, calibrate
from mgg_kernel.hot import models, recipe_records, test_results
from mgg_kernel.hot.log import write_log
from mgg_kernel.hot.models import ModelVersion
from mgg_kernel.simulation import Model
from mgg_kernel.workspace.office import Office

__all__ = ["Models"]

MOST_CURVES = 2000


class Models:
    """The versions of the model; all teams share them."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def get(self, model_id: int) -> ModelVersion:
        """Return a version.

        Raises:
            NotFoundError: there is none of that id.
        """
        with self._office.transaction() as connection:
            return models.get_model(connection, model_id)

    def active(self) -> ModelVersion | None:
        """Return the version in use, or None where simulations use the program's own model."""
        return next((one for one in self.list() if one.state == "active"), None)

    def load(self, model_id: int) -> Model:
        """Return the model of a version.

        Raises:
            NotFoundError: there is none of that id.
        """
        with self._office.transaction() as connection:
            parameters = models.model_parameters(connection, model_id)
        return Model.from_plain(parameters)

    def propose(
        self,
        model: Model,
        *,
        validation: dict[str, Any] | None = None,
        data_fingerprint: str | None = None,
        note: str = "",
    ) -> ModelVersion:
        """Store a model as proposed; one with the same parameters is returned as it is.

        Args:
            model: the model.
            validation: how good it is, as plain JSON values; that in the model if not given.
            data_fingerprint: SHA-256 of what it was fitted to; that in the model if not given.
            note: a remark.

        Raises:
            AccessError: the acting account may not propose models.
        """
        with self._office.doing("work", "model", "propose a model", model.name):
            return self._propose(model, validation, data_fingerprint, note)

    def activate(self, model_id: int) -> ModelVersion:
        """Put a version to use for all; the one that was in use is retired.

        A retired version may be put to use again, so that a lab can go back.

        Raises:
            AccessError: the acting account is no administrator.
            NotFoundError: there is no such version.
            ConflictError: it is in use already.
            SimulationError: it only stands for another program that made simulations.
        """
        with (
            self._office.doing("choose models", "model", "activate a model", model_id),
            self._office.transaction() as connection,
        ):
            Model.from_plain(models.model_parameters(connection, model_id))
            former = models.activate_model(connection, model_id)
            self._log(connection, "activate a model", model_id, {"retired": former})
            return models.get_model(connection, model_id)

    def retire(self, model_id: int) -> ModelVersion:
        """Retire a version; where it was in use, the program's own model is used from now on.

        Raises:
            AccessError: the acting account is no administrator.
            NotFoundError: there is no such version.
            ConflictError: it is retired already.
        """
        with (
            self._office.doing("choose models", "model", "retire a model", model_id),
            self._office.transaction() as connection,
        ):
            models.retire_model(connection, model_id)
            self._log(connection, "retire a model", model_id, {})
            return models.get_model(connection, model_id)

    def calibrate(
        self,
        observations: Sequence[Observation] | None = None,
        curves: Sequence[MeasuredCurve] | None = None,
        *,
        name: str,
        note: str = "",
        progress: Callable[[Progress], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> tuple[ModelVersion, Calibration]:
        """Fit a model to the store's products and curves, and propose it.

        Args:
            observations: products to fit to; all that hold today in the store if not given.
            curves: measured curves of these; every stored test that names one of the products,
                and only one of that name, if not given.
            name: what to call the model.
            note: a remark.
            progress: told each step.
            stop: asked at each step; True ends the calibration and keeps nothing.

        Raises:
            AccessError: the acting account may not calibrate.
            CalibrationError: there are too few products, or it was stopped.
            SimulationError: a recipe cannot be simulated.
        """
        with self._office.doing("work", "model", "calibrate a model", name):
            if observations is None:
                observations = self.observations()
            if curves is None:
                curves = self.curves(observations)
            result = calibrate(observations, curves, name=name, progress=progress, stop=stop)
            version = self._propose(result.model, result.plain(), result.data_fingerprint, note)
        return version, result

    def observations(self) -> list[Observation]:
        """Return the products of imported recipe databases that hold today."""
        with self._office.transaction() as connection:
            records = recipe_records.own_records(connection).values()
        return [
            Observation(
                one.sheet,
                one.product,
                one.recipe,
                one.ignition_time_ms,
                one.peak_time_ms,
                one.peak_pressure_mpa,
            )
            for one in sorted(records, key=lambda each: each.id)
        ]

    def curves(self, observations: Sequence[Observation]) -> list[MeasuredCurve]:
        """Return curves of stored tests that name one of these products.

        A product that stands on several sheets is left out: a test does not say which is meant.
        """
        names = [one.product for one in observations]
        once = {name for name in names if names.count(name) == 1}
        with self._office.transaction() as connection:
            tests = test_results.list_tests(connection, limit=MOST_CURVES)
            return [
                MeasuredCurve(test.product, self._office.read_curve(connection, "test", test.id))
                for test in tests
                if test.product in once and test.ignition_time_ms is not None
            ]

    def list(self) -> list[ModelVersion]:
        """Return all versions, the newest first."""
        with self._office.transaction() as connection:
            return models.list_models(connection)

    def _propose(
        self,
        model: Model,
        validation: dict[str, Any] | None,
        data_fingerprint: str | None,
        note: str,
    ) -> ModelVersion:
        known = model.document.calibration
        with self._office.transaction() as connection:
            version = models.store_model(
                connection,
                name=model.name,
                parameters=model.document.plain(),
                fingerprint=model.fingerprint,
                data_fingerprint=data_fingerprint or (known.data_fingerprint if known else None),
                validation=validation or (known.validation if known else None),
                note=note,
            )
            details = {"model": model.name, "fingerprint": model.fingerprint}
            write_log(
                connection,
                "model",
                "propose a model",
                object_type="model_versions",
                object_id=version,
                details=details,
            )
            return models.get_model(connection, version)

    @staticmethod
    def _log(connection: Any, action: str, model_id: int, details: dict[str, Any]) -> None:
        write_log(
            connection,
            "model",
            action,
            object_type="model_versions",
            object_id=model_id,
            details=details,
        )
