"""The code tables: complete, consistent with the books, and within the limits of what a code alone may do."""

from __future__ import annotations

import re
from datetime import date

import pytest

from code_tables import CODES, GROUPS, ROLES, TREATMENTS, by_code, default_books, lines, rows, words
from hcfin.codes import table
from hcfin.issues import whole_catalogue

# Every reason code that must have a row, written down here a second time: the list in use without what is
# newer than 305 and P29, and five retired codes that old files still carry.
NUMBERED = """
1-14 16 18-24 26-27 29 31-35 39-40 44-45 49-51 53-56 58-61 66 69-70 74-76 78 85 89-91 94-97 100-112 114-119
121-122 128-137 139-140 142-144 146-155 157-161 163-164 166-167 169-190 192-195 197-213 215-216 219 222-229
231-243 245-254 256-305
"""
LETTERED = words("A0 A1 A5 A6 A8 B1 B4 B7 B8 B9 B10 B11 B12 B13 B14 B15 B16 B20 B22 B23")
RETIRED = words("15 42 125 255 A2")
PLB = words("""
50 51 72 90 AH AM AP B2 B3 BD BN C5 CR CS CT CV CW DM E3 FB FC GO HM IP IR IS J1 L3 L6 LE LS OA OB PI PL RA RE
SL TL WO WU
""")
GUARDS = ["N781", "N782", "N783", "N830", *(f"N{number}" for number in range(862, 872))]
HEADS = {
    "bpr": "code,label,effect,role,issue,note",
    "carc": "code,label,CO,PR,OA,PI,class,start,end,scenario,policy,negative,note",
    "carc_groups": "code,groups,transaction",
    "claim_status": "code,label,effect,sequence,forwarded,version",
    "claim_status_category": "code,label,outcome",
    "file_status": "code,label,outcome",
    "plb": "code,label,sign,role_positive,role_negative,switch,role_switched,reference,reference_kind,"
    "disposition,issue,note",
    "rarc": "code,label,effect,class,note",
    "roles": "role,normal_side,statement,party",
}

RESULT = ("revenue.", "expense.", "other.")


def role_of(treatment: str) -> str:
    return str(TREATMENTS[treatment].get("role", ""))


def reason_codes() -> set[str]:
    codes = {*LETTERED, *RETIRED, *(f"P{number}" for number in range(1, 30))}
    for part in NUMBERED.split():
        first, _, last = part.partition("-")
        codes |= {str(number) for number in range(int(first), int(last or first) + 1)}
    return codes


@pytest.mark.parametrize("name", HEADS)
def test_tables_are_well_formed(name: str) -> None:
    text = (CODES / f"{name}.csv").read_text(encoding="utf-8")
    assert re.match(r"# source: .+; as of \d{4}-\d{2}\n", text)
    assert lines(name)[0] == HEADS[name]
    found = rows(name)
    key = HEADS[name].partition(",")[0]
    codes = [row[key] for row in found]
    assert len(codes) == len(set(codes))
    for row in found:
        assert None not in row
        assert None not in row.values()
        assert all(value == value.strip() for value in row.values())
        assert len(row.get("label", "")) <= 60
    # The table that hcfin uses is the file, line by line.
    for code, row in table(name).items():
        assert text.splitlines()[row.line - 1].startswith(f"{code},")


@pytest.mark.parametrize(
    "name", ["bpr", "carc", "claim_status", "claim_status_category", "file_status", "plb"]
)
def test_every_code_has_a_label(name: str) -> None:
    assert all(row["label"] for row in rows(name))


def test_reason_codes_are_complete() -> None:
    assert {row["code"] for row in rows("carc")} == reason_codes()
    assert len(rows("carc")) == 296


def test_provider_adjustments_are_complete() -> None:
    assert [row["code"] for row in rows("plb")] == PLB
    assert len(PLB) == 41


def test_treatments_and_roles_exist() -> None:
    for row in rows("carc"):
        assert {row[group] for group in GROUPS} <= set(TREATMENTS)
        assert row["negative"] == "" or row["negative"] in TREATMENTS
    for row in rows("plb"):
        assert {row["role_positive"], row["role_negative"]} <= ROLES
    for treatment in TREATMENTS.values():
        assert {
            treatment[name] for name in ("role", "role_forwarded", "role_final") if name in treatment
        } <= ROLES
        assert treatment.get("issue", "ADJUSTMENT_HELD") in whole_catalogue()
    assert {row["role"] for row in rows("bpr")} - {""} <= ROLES


def test_every_treatment_is_used_or_said_to_be_for_rules() -> None:
    used = {row[group] for row in rows("carc") for group in GROUPS}
    used |= {row["negative"] for row in rows("carc")} | {
        rule["treatment"] for rule in default_books()["rules"]
    }
    # These two come from posting itself.
    assert set(TREATMENTS) - used == {"unclassified", "billing_guard"}


def test_dates_are_days_in_order() -> None:
    for row in rows("carc"):
        start, end = (date.fromisoformat(row[name]) if row[name] else None for name in ("start", "end"))
        assert start is None or end is None or start < end
    assert {row["code"] for row in rows("carc") if row["end"]} == set(RETIRED) - {"15"}


def test_classes_are_names() -> None:
    for name in ("carc", "rarc"):
        assert all(re.fullmatch(r"([a-z]+(_[a-z]+)*)?", row["class"]) for row in rows(name))
    denied = {
        name for name, found in TREATMENTS.items() if found.get("tags", {}).get("ar_status") == "denied"
    }
    for row in rows("carc"):
        if denied & {row[group] for group in GROUPS}:
            assert row["class"], f"{row['code']} may be denied and has no class"


# What a group may do, whatever the code


def test_no_code_alone_writes_off_a_denial() -> None:
    """A3: a denial is a status; only the switch knows another role."""
    for name, treatment in TREATMENTS.items():
        if name.startswith("denial"):
            assert treatment["role"] == "ar.payer"
            assert ("role_final" in treatment) == (name == "denial_final")


def test_co_never_reaches_the_patient() -> None:
    """§6.2: the provider may not bill the patient."""
    assert not [row["code"] for row in rows("carc") if role_of(row["CO"]) == "ar.patient"]


def test_pr_never_reaches_the_result() -> None:
    """§6.2, D7: what the patient owes is nobody's discount."""
    assert not [row["code"] for row in rows("carc") if role_of(row["PR"]).startswith(RESULT)]


def test_pi_is_disputed_and_never_a_discount() -> None:
    """A23."""
    assert {role_of(row["PI"]) for row in rows("carc")} == {"", "ar.payer"}


# §6.2 and the rows of §6.3 that allow OA, with the codes that are published for OA.
OA_SET = set(words("18 23 94 100 105 133 136 195 209 255 257 271 277 293 294 A0 P11 P16"))
ALL_GROUPS = set(words("60 89 101 134 213 290 291 292 298 300 305 B11 B13 P8 P10"))


def test_oa_outside_its_set_is_held() -> None:
    """A23. The second set are codes whose treatment is the same open one in every group."""
    for code, row in by_code("carc").items():
        if code in ALL_GROUPS:
            assert len({row[group] for group in GROUPS}) == 1
            assert not role_of(row["OA"])
        elif code not in OA_SET:
            assert row["OA"] in {"hold", "oa_unassigned", "mismatch"}, code


def test_a_group_that_the_list_does_not_allow_stays_with_the_payer() -> None:
    """A4: a contradiction reaches neither the result nor the patient."""
    codes = by_code("carc")
    for row in rows("carc_groups"):
        allowed = row["groups"].split() or GROUPS
        assert set(allowed) <= set(GROUPS)
        for group in set(GROUPS) - set(allowed):
            assert role_of(codes[row["code"]][group]) in {"", "ar.payer"}, f"{group}-{row['code']}"


@pytest.mark.parametrize(
    ("codes", "group", "treatment"),
    [
        ("29 96 164 285 286 211 212 289", "CO", "denial_final"),  # A3
        ("256 274 35 119 149 233 61 B4 278", "CO", "denial_appeal"),  # A3
        ("213", "CO", "compliance_hold"),  # A3
        ("1 2 3 66 247 248 241 85 201 P3 238 275", "CO", "mismatch"),  # A4
        ("253 237 29 23 233 B4 249", "PR", "mismatch"),  # A4
        ("45 42 A2 59 97 234", "PR", "patient_hold"),  # A5, A6
        ("59 97 234 236 231 B10 P14", "CO", "bundled"),  # A6
        ("89 134", "PR", "split_bill"),  # A6
        ("24", "CO", "denial_cob"),  # A7
        ("24", "PR", "patient_hold"),  # A7
        ("303", "CO", "medicare_indigent"),  # A9
        ("16 125", "CO", "denial_rebill"),  # A22
        ("45 131 172 P12", "PI", "underpaid"),  # A23
        ("45 131 16 96 147", "OA", "hold oa_unassigned"),  # A23
        ("104 143 245", "CO", "withhold"),  # A24
        ("137", "negative", "tax_pass_through"),  # A26
        ("246", "CO", "hold"),  # A26: pennies need a rule that knows the amount
    ],
)
def test_corrections(codes: str, group: str, treatment: str) -> None:
    found = by_code("carc")
    for code in words(codes):
        assert found[code][group] in words(treatment), code


def test_penalties_that_are_denials_say_so() -> None:
    """A3."""
    assert {by_code("carc")[code]["class"] for code in ("233", "61", "B4", "278")} == {"penalty"}


def test_withholds_are_constrained_revenue() -> None:
    """A24: the treatment and E3 agree."""
    plb = by_code("plb")["E3"]
    assert {role_of("withhold"), plb["role_positive"], plb["role_negative"]} == {
        "revenue.adjustment.contractual"
    }


# The other tables


def test_provider_adjustments_are_posted_or_suspended() -> None:
    suspended = {row["code"] for row in rows("plb") if row["disposition"] == "suspense"}
    assert suspended == set(words("B3 CS J1 LE LS SL TL WU"))
    for row in rows("plb"):
        assert row["disposition"] in {"post", "suspense"}
        assert row["sign"] in {"+", "-", "+-"}
        assert row["reference"] in {"claim", "trace", "none"}
        held = {row["role_positive"], row["role_negative"]} == {"suspense"}
        assert held == (row["disposition"] == "suspense")
        assert not held or row["issue"]


@pytest.mark.parametrize(
    ("codes", "role"),
    [
        ("WO 72 B2", "liability.payer_recoup"),  # A14
        ("FB", "liability.payer_forward"),
        ("CV CW DM GO OA", "revenue.pass_through"),  # A24: nothing says that it was accrued
        ("CT RA FC", "revenue.capitation"),
        ("IR", "tax.recoverable"),  # A24: a receivable
        ("AP PI", "liability.advance"),
        ("OB", "ar.due_from_affiliate"),  # A16
        ("J1 LE", "suspense"),  # A15, A24
    ],
)
def test_roles_of_provider_adjustments(codes: str, role: str) -> None:
    found = by_code("plb")
    for code in words(codes):
        assert {found[code]["role_positive"], found[code]["role_negative"]} == {role}, code


def test_remarks() -> None:
    """A10, R12: the guards are exactly these, and no alert beside them does anything."""
    effects = {row["code"]: row["effect"] for row in rows("rarc")}
    assert [code for code, effect in effects.items() if effect == "billing_guard"] == GUARDS
    assert set(effects.values()) == {"alert", "billing_guard", "coverage", "incentive_penalty", "rebill"}
    assert effects["MA130"] == "rebill"
    assert effects["N807"] == "incentive_penalty"
    assert effects["N115"] == effects["N130"] == "coverage"
    assert all(row["class"] for row in rows("rarc") if row["effect"] in {"coverage", "rebill"})
    assert all(row["label"] for row in rows("rarc") if row["effect"] != "alert")
    assert all(re.fullmatch(r"(M|MA|N)\d+", code) for code in effects)


def test_claim_statuses() -> None:
    found = by_code("claim_status")
    assert {code for code, row in found.items() if row["version"] == "4010"} == set(
        words("5 10 13 15 16 17 27")
    )
    assert {row["effect"] for row in found.values()} == {"post", "pending", "information"}
    assert {code for code, row in found.items() if row["forwarded"] == "yes"} == {"19", "20", "21", "23"}


def test_payment_methods_are_those_of_the_books() -> None:
    announced = {
        row["code"].removeprefix("BPR04-"): row["role"]
        for row in rows("bpr")
        if row["code"].startswith("BPR04-") and row["role"]
    }
    assert announced == {method: step["role"] for method, step in default_books()["payments"].items()}


def test_issues_of_payments_exist() -> None:
    assert {row["issue"] for row in rows("bpr")} - {""} <= set(whole_catalogue())
