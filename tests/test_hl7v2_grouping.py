"""Segments find their anchor, wherever they stand, and none is left out."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from hcfin.standards.hl7v2.grouping import Group, Grouped, anchored, grouped
from hcfin.wire.hl7v2 import parse


def groups(names: str, **how: bool) -> Grouped:
    rows = [f"{name}|{n}" for n, name in enumerate(names.split(), start=2)]
    return grouped(parse("\r".join(["MSH|^~\\&|A", *rows]).encode()), **how)


def shape(found: Grouped) -> tuple[object, ...]:
    def of(group: Group) -> str:
        return " ".join([group.fields[0], *(row[1][0] for row in group.rows)])

    charges = [(of(one), [of(insurance) for insurance in one.insurances]) for one in found.charges]
    return (
        " ".join(row[1][0] for row in found.rows[1:]),
        [charge if charge[1] else charge[0] for charge in charges],
        [of(one) for one in found.insurances],
        [of(one) for one in found.orders],
    )


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        # As the abstract message has it.
        (
            "EVN PID PV1 FT1 NTE PR1 ROL FT1 PR1 DG1 GT1 IN1 IN2 IN1 IN2 IN3",
            ("EVN PID PV1 DG1 GT1", ["FT1 NTE PR1 ROL", "FT1 PR1"], ["IN1 IN2", "IN1 IN2 IN3"], []),
        ),
        # Guarantor and order before the charge, as a radiology system sends it.
        ("PID GT1 OBR FT1 PR1", ("PID GT1 OBR", ["FT1 PR1"], [], [])),
        # Insurance before charges; a procedure behind the insurance.
        ("PID IN1 IN2 FT1 FT1", ("PID", ["FT1", "FT1"], ["IN1 IN2"], [])),
        ("PID FT1 IN1 PR1 IN2", ("PID", ["FT1 PR1"], ["IN1 IN2"], [])),
        # Local segments go with what stands before them.
        (
            "ZPA PID ZPI FT1 ZF1 ZF2 FT1 ZF2 IN1 ZIN",
            ("ZPA PID ZPI", ["FT1 ZF1 ZF2", "FT1 ZF2"], ["IN1 ZIN"], []),
        ),
        ("PID FT1 DG1 ZDG FT1", ("PID DG1 ZDG", ["FT1", "FT1"], [], [])),
        ("PID FT1 ORC TQ1 OBR NTE OBX FT1", ("PID", ["FT1 ORC TQ1 OBR NTE OBX", "FT1"], [], [])),
        ("PID PR1 ROL IN2 IN3", ("PID PR1 ROL IN2 IN3", [], [], [])),
        ("PID IN1 ROL AUT PRT FT1", ("PID", ["FT1"], ["IN1 ROL AUT PRT"], [])),
        ("", ("", [], [], [])),
    ],
)
def test_charges_and_insurances(names: str, wanted: tuple[object, ...]) -> None:
    assert shape(groups(names)) == wanted


def test_a_p11_has_insurances_within_the_charge() -> None:
    found = groups("PID DG1 GT1 IN1 IN2 FT1 PR1 DG1 GT1 IN1 IN2 FT1 IN1 ZIN", own=True)
    assert shape(found) == (
        "PID DG1 GT1",
        [("FT1 PR1 DG1 GT1", ["IN1 IN2"]), ("FT1", ["IN1 ZIN"])],
        ["IN1 IN2"],
        [],
    )


@pytest.mark.parametrize(
    ("names", "charges", "orders"),
    [
        (
            "PID IN1 ORC OBR NTE FT1 BLG ORC OBR FT1 FT1",
            ["FT1", "FT1", "FT1"],
            ["ORC OBR NTE BLG", "ORC OBR"],
        ),
        ("PID OBR OBX FT1 OBR OBX FT1", ["FT1", "FT1"], ["OBR OBX", "OBR OBX"]),
        ("PID ORC RXE FT1 PR1 NTE ZFT", ["FT1 PR1 NTE ZFT"], ["ORC RXE"]),
        ("PID FT1 ORC", ["FT1"], ["ORC"]),
    ],
)
def test_orders(names: str, charges: list[str], orders: list[str]) -> None:
    _, found_charges, _, found_orders = shape(groups(names, orders=True))
    assert (found_charges, found_orders) == (charges, orders)


def test_a_charge_knows_its_order() -> None:
    found = groups("PID FT1 ORC OBR FT1 ORC FT1 FT1", orders=True)
    assert [charge.order and charge.order.at for charge in found.charges] == [None, 4, 7, 7]


NAMES = st.sampled_from(
    [
        *("PID", "PV1", "FT1", "PR1", "NTE", "ROL", "PRT", "DG1", "DRG", "GT1", "IN1", "IN2", "IN3", "ORC"),
        *("OBR", "OBX", "TQ1", "BLG", "ZZZ", "ACC"),
    ]
)


@given(names=st.lists(NAMES, max_size=30).map(" ".join), orders=st.booleans(), own=st.booleans())
def test_no_segment_is_left_out_or_stands_twice(names: str, orders: bool, own: bool) -> None:
    found = groups(names, orders=orders, own=own)
    places = [at for at, _ in found.rows]
    insurances = [*found.insurances, *(one for charge in found.charges for one in charge.insurances)]
    for group in (*found.charges, *insurances, *found.orders):
        places += [group.at, *(at for at, _ in group.rows)]
    assert sorted(places) == list(range(1, len(names.split()) + 2))


def test_finding_segments_by_name() -> None:
    found = groups("PID FT1 PR1 PR1 IN1 IN2")
    assert [at for at, _ in found.charges[0].named("PR1")] == [4, 5]
    assert found.charges[0].one("PR1") == (4, ["PR1", "4"])
    assert found.charges[0].one("NTE") is None
    assert found.one("PID") == (2, ["PID", "2"])
    assert found.one("EVN") is None


def test_patients_of_a_merge() -> None:
    message = parse(b"MSH|^~\\&|A\rEVN\rPID|1\rPD1\rMRG|9\rPID|2\rMRG|8\rPV1")
    before, patients = anchored(message.rows(), {"PID"})
    assert [fields[0] for _, fields in before] == ["MSH", "EVN"]
    assert [(one.fields[1], one.one("MRG")[1][1], one.one("PV1") is None) for one in patients] == [
        ("1", "9", True),
        ("2", "8", False),
    ]
