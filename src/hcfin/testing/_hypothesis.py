"""Hypothesis' entry point: `@given(remittance=...)` on an argument annotated `Remittance` just works.

Strategy: hypothesis calls `register` whenever it is imported, in every project where hcfin is installed.
Registering a type needs the type, and importing it would bring pydantic into all of those. So where the
models are not imported yet, `register` waits for their import: an entry in `sys.meta_path` finds them as
usual, and registers them when their module has run. Without the models there is no annotation to resolve.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

_MODELS = "hcfin.billing.remittance"


def register() -> None:
    """Register strategies for `Remittance` and `ClaimPayment`, now or when they are first imported."""
    models = sys.modules.get(_MODELS)
    if models is not None and hasattr(models, "Remittance"):
        _register(models)
    else:
        sys.meta_path.insert(0, _Waiting())


def _register(models: ModuleType) -> None:
    from hypothesis import strategies as st

    st.register_type_strategy(models.Remittance, _remittances)
    st.register_type_strategy(models.ClaimPayment, _claim_payments)


def _remittances(_: Any) -> Any:
    from hcfin.testing.strategies import remittances

    return remittances().map(lambda facts: facts[0])


def _claim_payments(_: Any) -> Any:
    from hcfin.testing.strategies import claim_payments

    return claim_payments()


class _Waiting(MetaPathFinder):
    """Stands aside as soon as the models are asked for."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _MODELS:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        loader: Any = spec.loader if spec else None
        if loader is None:
            return spec
        run = loader.exec_module

        def run_and_register(module: ModuleType) -> None:
            loader.exec_module = run
            run(module)
            _register(module)

        loader.exec_module = run_and_register
        return spec
