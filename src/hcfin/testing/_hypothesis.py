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
    from collections.abc import Callable, Sequence
    from types import ModuleType

_MODELS = ("hcfin.billing.remittance", "hcfin.billing.claim")


def register() -> None:
    """Register strategies for the headers and claims of both kinds, now or when they are first imported."""
    for name in _MODELS:
        models = sys.modules.get(name)
        if models is not None and hasattr(models, _LAST[name]):
            _register(models)
        else:
            sys.meta_path.insert(0, _Waiting(name))


def _register(models: ModuleType) -> None:
    from hypothesis import strategies as st

    for kind, strategy in _STRATEGIES[models.__name__].items():
        st.register_type_strategy(getattr(models, kind), strategy)


def _remittances(_: Any) -> Any:
    from hcfin.testing.strategies import remittances

    return remittances().map(lambda facts: facts[0])


def _claim_payments(_: Any) -> Any:
    from hcfin.testing.strategies import claim_payments

    return claim_payments()


def _submissions(_: Any) -> Any:
    from hcfin.testing.claim_strategies import claims

    return claims().map(lambda facts: facts[0])


def _claims(_: Any) -> Any:
    from hcfin.testing.claim_strategies import claims

    return claims(1, min_claims=1).map(lambda facts: facts[1])


_STRATEGIES: dict[str, dict[str, Callable[[Any], Any]]] = {
    "hcfin.billing.remittance": {"Remittance": _remittances, "ClaimPayment": _claim_payments},
    "hcfin.billing.claim": {"ClaimSubmission": _submissions, "Claim": _claims},
}
_LAST = {"hcfin.billing.remittance": "Remittance", "hcfin.billing.claim": "ClaimSubmission"}
"""The last of the models of each module."""


class _Waiting(MetaPathFinder):
    """Stands aside as soon as the models of its module are asked for."""

    def __init__(self, models: str) -> None:
        self._models = models

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self._models:
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
