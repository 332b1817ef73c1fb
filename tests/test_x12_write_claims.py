"""Claims that are written are read back the same, as their guides want them; a value is never a segment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import claim_cases as make
import hcfin
from claim_cases import DAY, D
from hcfin.billing.base import Adjustment, DatedPeriod, Fact, InformationalAmount, Reference
from hcfin.billing.claim import Claim, ClaimCode, ClaimLine, ClaimSubmission, Drug, LineAdjudication
from hcfin.billing.party import Contact, ContactNumber, Organization
from hcfin.billing.reading import Reading, collect
from hcfin.billing.remittance import Procedure, Remittance, remittance_ref
from hcfin.errors import HcfinError
from hcfin.limits import Limits
from hcfin.standards.x12 import STANDARD
from hcfin.testing import (
    assert_deterministic,
    assert_never_raises,
    claims,
    delimiter_hostile_text,
    x12_835,
    x12_837,
)

Facts = tuple[Fact, ...]
CASES: dict[str, Callable[[], Facts]] = {
    "professional": make.professional,
    "institutional": make.institutional,
    "dental": make.dental,
}


def write(facts: Iterable[Fact], identity: Mapping[str, str] | None = None) -> bytes:
    return STANDARD.write(facts, identity or {})


def read(data: bytes) -> Reading:
    return collect(STANDARD.read(BytesIO(data), None, Limits(), True))


def rows(data: bytes) -> list[list[str]]:
    return [segment.split(chr(data[3])) for segment in data.decode().split(chr(data[105]))[:-1]]


def claims_of(facts: Iterable[Fact]) -> list[Claim]:
    return [fact for fact in facts if isinstance(fact, Claim)]


# Ordinary claims


@pytest.mark.parametrize("claim_type", CASES)
def test_ordinary_claims_come_back_the_same_and_without_an_issue(claim_type: str) -> None:
    facts = CASES[claim_type]()
    reading = read(write(facts))
    assert reading.facts == facts
    assert reading.issues == ()
    (unit,) = reading.units
    assert unit.kind == f"837{claim_type[0].upper()}"
    assert unit.summary["balanced"] is True


@pytest.mark.parametrize("claim_type", ["professional", "institutional"])
def test_the_guide_has_nothing_against_ordinary_claims(claim_type: str) -> None:
    assert hcfin.check(write(CASES[claim_type]())) == ()


def test_the_dental_guide_is_one_that_the_validator_does_not_have() -> None:
    assert {issue.code for issue in hcfin.check(write(make.dental()))} <= {
        "GUIDE_NOT_CHECKED",
        "GUIDE_CHECK_FAILED",
    }


SEGMENTS = {
    "professional": (
        "ISA GS ST BHT NM1 PER NM1 HL PRV NM1 N3 N4 REF "
        "HL SBR NM1 N3 N4 DMG NM1 CLM HI LX SV1 DTP REF "
        "HL SBR NM1 N3 N4 DMG NM1 HL PAT NM1 N3 N4 DMG CLM REF HI NM1 NM1 PRV "
        "SBR AMT OI NM1 NM1 REF LX SV1 DTP REF SVD CAS CAS DTP AMT LX SV1 DTP REF LIN CTP REF SVD DTP "
        "HL SBR NM1 N3 N4 DMG NM1 CLM REF HI LX SV1 DTP REF SE GE IEA"
    ),
    "institutional": (
        "ISA GS ST BHT NM1 PER NM1 HL PRV NM1 N3 N4 REF "
        "HL SBR NM1 N3 N4 DMG NM1 CLM DTP DTP DTP CL1 AMT REF HI HI HI HI HI HI HI HI HI NM1 PRV NM1 "
        "SBR CAS CAS AMT OI NM1 NM1 DTP REF LX SV2 DTP REF LX SV2 DTP REF "
        "HL SBR NM1 N3 N4 DMG NM1 CLM DTP CL1 HI HI NM1 LX SV2 DTP REF SE GE IEA"
    ),
    "dental": (
        "ISA GS ST BHT NM1 PER NM1 HL PRV NM1 N3 N4 REF "
        "HL SBR NM1 N3 N4 DMG NM1 HL PAT NM1 N3 N4 DMG CLM NM1 PRV LX SV3 TOO TOO DTP REF SE GE IEA"
    ),
}


@pytest.mark.parametrize("claim_type", CASES)
def test_segments_stand_in_the_order_of_the_guide(claim_type: str) -> None:
    assert " ".join(row[0] for row in rows(write(CASES[claim_type]()))) == SEGMENTS[claim_type]


def test_a_professional_claim_in_its_segments() -> None:
    text = write(make.professional()).decode()
    assert "~ST*837*0001*005010X222A1~BHT*0019*00*BATCHP*20310504*0000*CH~" in text
    assert "~CLM*ACCT-A*100***11:B:1*Y*A*Y*Y~HI*ABK:I639*ABF:I10~" in text
    assert "~SBR*P*18*******CI~" in text
    assert "~SBR*S********CI~" in text, "of a patient who is not the subscriber it is told further down"
    assert "~PAT*19~NM1*QC*1*TESTPERSON*SAM~" in text
    assert "~LX*1~SV1*HC:99213:25*100*UN*1***1:2~DTP*472*D8*20310504~REF*6R*LINE1~" in text
    assert (
        "~SVD*FIRSTPAYER*60*HC:99213:25**1~CAS*CO*45*25~CAS*PR*2*15~DTP*573*D8*20310504~AMT*EAF*15~" in text
    )
    assert "~REF*6R*LINE2~LIN**N4*00000000000~CTP****2.5*ML~REF*XZ*RX1~" in text


def test_an_institutional_claim_in_its_segments() -> None:
    text = write(make.institutional()).decode()
    assert (
        "~DTP*434*RD8*20310504-20310508~DTP*435*DT*203105040930~DTP*096*TM*1100~CL1*1*7*01~AMT*F3*20~" in text
    )
    assert (
        "~HI*ABK:I639:::::::Y~HI*ABJ:R29810~HI*DR:064~HI*ABF:I10:::::::Y*ABF:E119:::::::N~"
        "HI*BBR:03CG3ZZ:D8:20310504~HI*BI:74:RD8:20310504-20310505~HI*BH:11:D8:20310504~"
        "HI*BE:80:::4*BE:A1:::1632.5~HI*BG:09~" in text
    )
    assert "~SV2*0120**3000*UN*4~" in text
    assert "~SV2*0300*HC:80053*400*UN*1**10~" in text


def test_a_dental_claim_in_its_segments() -> None:
    text = write(make.dental()).decode()
    assert "~CLM*ACCT-A*100***11:B:1*Y*A*Y*Y**********PB~" in text
    assert "~SV3*AD:D2740*100*11*10:20**2~TOO*JP*3~TOO*JP*14~" in text


def test_more_codes_than_a_segment_holds_are_continued_in_another() -> None:
    header = make.submission("institutional")
    many = tuple(ClaimCode(qualifier="ABF", code=f"I{n}") for n in range(13))
    facts = (header, make.claim(header, codes=many, lines=(make.line(diagnosis_pointers=()),)))
    data = write(facts)
    assert [len(row) - 1 for row in rows(data) if row[0] == "HI"] == [12, 1]
    assert read(data).facts == facts


def test_a_prescription_number_stands_with_its_drug_where_the_order_allows_it() -> None:
    """All are references of the line, in one order; without a drug there is no place of its own."""
    header = make.submission()
    drug, number = Drug(qualifier="N4", code="00000000000"), Reference(qualifier="XZ", value="RX1")
    other = Reference(qualifier="6R", value="A")

    def written(**changes: Any) -> str:
        facts = (header, make.claim(header, lines=(make.line(dates=(), **changes),)))
        assert read(write(facts)).facts == facts
        return " ".join("*".join(row[:2]) for row in rows(write(facts)) if row[0] in {"REF", "LIN"})

    billed = "REF*EI "
    assert written(references=(other, number), drugs=(drug,)) == f"{billed}REF*6R LIN* REF*XZ"
    assert written(references=(number, other), drugs=(drug,)) == f"{billed}REF*XZ REF*6R LIN*"
    assert written(references=(other, number)) == f"{billed}REF*6R REF*XZ"


def test_an_hour_without_its_date_stands_alone() -> None:
    header = make.submission("institutional")
    lines = (make.line(diagnosis_pointers=()),)
    facts = (header, make.claim(header, admission_hour="0930", lines=lines))
    data = write(facts)
    assert b"~DTP*435*TM*0930~" in data
    assert read(data).facts == facts


def test_a_drg_without_other_codes_is_written() -> None:
    header = make.submission("institutional")
    lines = (make.line(diagnosis_pointers=()),)
    facts = (header, make.claim(header, drg="470", codes=(), lines=lines))
    assert b"~HI*DR:470~LX*1~" in write(facts)
    assert read(write(facts)).facts == facts


@pytest.mark.corpus
def test_claims_of_real_files_come_back_the_same(corpus: Path) -> None:
    """Whatever real files say of claims can be said again, odd as they are."""
    files = [path for path in sorted(corpus.glob("x12/837*/*")) if claims_of(hcfin.read(path))]
    assert len(files) > 100
    for path in files:
        facts = hcfin.read(path).facts
        assert hcfin.read(write(facts)).facts == facts, path.name


# Levels


def levels(data: bytes) -> list[tuple[str, ...]]:
    return [tuple(row[1:]) for row in rows(data) if row[0] == "HL"]


def test_claims_that_agree_share_their_levels() -> None:
    header = make.submission()
    child = make.person("QC", first_name="SAM")
    other = make.person("QC", first_name="ALEX")
    facts = (
        header,
        make.claim(header, account="A"),
        make.claim(header, account="B"),
        make.claim(header, account="C", patient=child, relationship="19"),
        make.claim(header, account="D", patient=child, relationship="19"),
        make.claim(header, account="E", patient=other, relationship="G8"),
        make.claim(header, account="F", subscriber=make.person(id="MEMBER2")),
        make.claim(header, account="G", billing_provider=make.billing_provider(id="2999999990")),
    )
    data = write(facts)
    assert read(data).facts == facts
    assert levels(data) == [
        ("1", "", "20", "1"),
        ("2", "1", "22", "0"),
        ("3", "1", "22", "1"),
        ("4", "3", "23", "0"),
        ("5", "3", "23", "0"),
        ("6", "1", "22", "0"),
        ("7", "", "20", "1"),
        ("8", "7", "22", "0"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": "S"},
        {"relationship": ""},
        {"group_number": "G"},
        {"group_name": "G"},
        {"insurance_type": "12"},
        {"filing_indicator": "MB"},
        {"payer": make.payer("OTHER")},
        {"subscriber": None},
        {"pay_to": (make.billing_provider(role="87", taxonomy="", references=()),)},
        {"currency": "CAD"},
        {"billing_provider": None},
    ],
)
def test_claims_that_differ_above_do_not_share_a_level(change: dict[str, Any]) -> None:
    header = make.submission()
    facts = (header, make.claim(header), make.claim(header, **change), make.claim(header))
    assert read(write(facts)).facts == facts


def test_each_set_numbers_its_levels_from_one() -> None:
    first, second = make.submission(), make.submission(reference="BATCH2")
    facts = (first, make.claim(first), second, make.claim(second))
    data = write(facts)
    assert read(data).facts == facts
    assert levels(data) == [("1", "", "20", "1"), ("2", "1", "22", "0")] * 2


def test_claims_find_their_submission_wherever_they_stand() -> None:
    first, second = make.submission(), make.submission(reference="BATCH2")
    facts = (first, make.claim(first), second, make.claim(second, account="B"))
    assert write((facts[3], first, facts[1], second)) == write(facts)


def test_twins_keep_their_names() -> None:
    first = make.submission()
    twin = make.submission(ref=f"{first.ref}#2")
    facts = (first, make.claim(first), twin, make.claim(twin))
    assert read(write(facts)).facts == facts


def test_a_submission_without_claims_is_written() -> None:
    facts = (make.submission("dental"),)
    assert read(write(facts)).facts == facts


# Envelopes


def remittance() -> Facts:
    payer, payee = Organization(name="TESTLAND HEALTH PLAN"), Organization(name="EXAMPLE CLINIC")
    ref = remittance_ref("1999999999", "TESTTRACE1", D("0.00"), DAY, payee.name)
    names = {"payer": payer, "payee": payee, "trace": "TESTTRACE1", "payer_identifier": "1999999999"}
    money: dict[str, Any] = {"handling": "H", "method": "NON", "payment_date": DAY}
    version = "005010X221A1"
    return (Remittance(ref=ref, payment=D("0.00"), version=version, **names, **money),)


def test_remittances_and_claims_stand_in_groups_of_their_own() -> None:
    facts = (*make.institutional(), *remittance(), *make.professional())
    data = write(facts)
    groups = [(row[1], row[8]) for row in rows(data) if row[0] == "GS"]
    assert groups == [("HP", "005010X221A1"), ("HC", "005010X223A2"), ("HC", "005010X222A1")]
    assert [row[1:] for row in rows(data) if row[0] == "ST"] == [
        ["835", "0001"],
        ["837", "0002", "005010X223A2"],
        ["837", "0003", "005010X222A1"],
    ]
    assert read(data).facts == (*remittance(), *make.institutional(), *make.professional())
    assert hcfin.write(facts, "x12") == data


def test_the_envelope_says_what_the_identity_says() -> None:
    header = make.submission(submitter=Organization(name="EXAMPLE CLINIC", id_qualifier="46", id="T"))
    identity = {
        "sender": "EXAMPLE CLINIC",
        "sender_qualifier": "30",
        "receiver": "TESTPAYER",
        "receiver_qualifier": "28",
        "date": "20310102",
        "time": "131415",
        "interchange_control": "42",
        "group_control": "7",
        "usage": "P",
        "version": "005010X222A2",
        "contact": "EDI DESK",
        "contact_phone": "5550100000",
    }
    text = write((header, make.claim(header)), identity).decode()
    assert text.startswith(
        "ISA*00*          *00*          *30*EXAMPLE CLINIC *28*TESTPAYER      *310102*1314*^*00501*"
        "000000042*0*P*:~"
        "GS*HC*EXAMPLE CLINIC*TESTPAYER*20310102*131415*7*X*005010X222A2~ST*837*0001*005010X222A2~"
        "BHT*0019*00*BATCHP*20310504*131415*CH~NM1*41*2*EXAMPLE CLINIC*****46*T~"
        "PER*IC*EDI DESK*TE*5550100000~NM1*40*"
    )
    assert text.endswith("~GE*1*7~IEA*1*000000042~")


def test_the_contact_of_an_identity_is_for_a_submitter_that_has_none() -> None:
    bare = make.submission(submitter=Organization(name="EXAMPLE CLINIC"))
    phone = ContactNumber(qualifier="TE", number="5550100001")
    (heard,) = read(write((bare,), {"contact": "OTHER", "contact_phone": phone.number})).facts
    assert isinstance(heard, ClaimSubmission)
    assert heard.submitter.contacts == (Contact(function="IC", name="OTHER", numbers=(phone,)),)
    (named,) = read(write((bare,), {"contact": "OTHER"})).facts
    assert isinstance(named, ClaimSubmission)
    assert named.submitter.contacts == (Contact(function="IC", name="OTHER"),)
    assert write((make.submission(),), {"contact": "OTHER"}) == write((make.submission(),))


def test_without_an_identity_there_is_no_clock() -> None:
    later = make.submission(reference="B", created=dt.date(2031, 6, 1))
    facts = (make.submission(), later)
    assert b"*310601*0000*^*00501*000000001*0*T*:~GS*HC*SENDER*RECEIVER*20310601*0000*1*X*" in write(facts)
    bare = (make.submission(created=None),)
    assert write(bare)[70:82] == b"000101*0000*"
    assert b"~BHT*0019*00*BATCHP***CH~" in write(bare)
    assert read(write(bare)).facts == bare


@pytest.mark.parametrize(
    ("facts", "version", "said"),
    [
        ((*make.professional(), *remittance()), "005010X222A2", "identity: version is that of one guide"),
        ((*make.professional(), *make.dental()), "005010X222A2", "identity: version is that of one guide"),
        (make.professional(), "004010X098A1", "identity: claims are written by the guides of version 005010"),
        (make.professional(), "005010X223A2", "submission 1: an 837 cannot say `claim_type`"),
    ],
)
def test_a_version_that_is_not_that_of_the_facts_is_refused(facts: Facts, version: str, said: str) -> None:
    if "claim_type" in said:
        facts = facts[:1]
    with pytest.raises(HcfinError, match=said):
        write(facts, {"version": version})


# Refusals


SENTINEL = "ROESENTINEL"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"charged": D("1.005")}, "charged"),
        ({"claim_type": "dental"}, "lines.1.unit_basis"),
        ({"facility_type": "1:1:1:1"}, ""),
        ({"related_causes": ("AA", "EM", "OA", "AB")}, "related_causes"),
        ({"codes": (ClaimCode(),)}, "codes"),
        ({"codes": (ClaimCode(qualifier="DR", code="470"),)}, "drg"),
        ({"codes": (ClaimCode(qualifier="BE", code="80", amount=D("0.001")),)}, "codes.1.amount"),
        ({"admission_hour": SENTINEL}, "admission_hour"),
        ({"patient": make.person("IL")}, "patient"),
        ({"subscriber": make.person(role="")}, "subscriber"),
        ({"billing_provider": make.billing_provider(role="82")}, "billing_provider"),
        ({"billing_provider": make.billing_provider(address=("A", "B", "C"))}, "billing_provider.address"),
        ({"amounts": (InformationalAmount(qualifier="F5", amount=D("0.001")),)}, "amounts"),
        ({"other_payers": (make.other_payer(payer=Organization()),)}, "other_payers.1.insured.references"),
        ({"other_payers": (make.other_payer(paid=D("0.001")),)}, "other_payers"),
        ({"lines": (make.line(revenue_code="0450"),)}, "lines.1.revenue_code"),
        ({"lines": (make.line(noncovered=D("1.00")),)}, "lines.1.noncovered"),
        ({"lines": (make.line(oral_cavity=("10",)),)}, "lines.1.oral_cavity"),
        ({"lines": (make.line(charged=D("0.001")),)}, "lines.charged"),
        ({"lines": (make.line(drugs=(Drug(unit="A:B"),)),)}, ""),
        ({"lines": (make.line(procedure=Procedure()),)}, "lines.1.procedure"),
        (
            {"lines": (make.line(adjudications=(LineAdjudication(paid=D("0.001")),)),)},
            "other_payers",
        ),
        ({"notes": ("",)}, "notes"),
    ],
)
def test_a_claim_that_x12_cannot_say_is_refused_by_field(changes: dict[str, Any], path: str) -> None:
    header = make.submission()
    facts = (header, make.claim(header), make.claim(header, **changes))
    if not path:  # what looks like a separator is none
        assert read(write(facts)).facts == facts
        return
    with pytest.raises(HcfinError, match="submission 1, claim 2: an 837 cannot say ") as caught:
        write(facts)
    assert SENTINEL not in str(caught.value)
    assert f"`{path}`" in str(caught.value)


def test_facts_that_do_not_belong_together_are_refused() -> None:
    header = make.submission()
    with pytest.raises(HcfinError, match="no submission of claims among the facts"):
        write([])
    with pytest.raises(HcfinError, match="claim 1: its submission is not among"):
        write([make.claim(make.submission(reference="OTHER")), header])
    with pytest.raises(HcfinError, match="fact 2: two submissions have the same ref"):
        write([header, header])
    with pytest.raises(HcfinError, match="fact 2: its source could not be read"):
        write([header, make.claim(header, unreadable=("charged",))])


# A value never becomes a segment

HOSTILE = [
    "ABC~LX*9~SV1*HC:99999*1000000*UN*1~",
    "~SE*1*0001~GE*1*1~IEA*1*000000001~",
    "ISA*00*",
    "a:b^c|d!e>f}g]h",
    "".join(chr(n) for n in range(0x21, 0x7F)),
    "José ÅÀ 東京 \U0001f600",
    "l\u2028s",
    "0",
    "*",
]


def told_in_full(text: str) -> Facts:
    """A claim that has the text wherever any text may stand."""
    organization = Organization(
        name=text, id_qualifier="PI", id=text, address=(text, text), city=text, subdivision=text
    )
    reference = Reference(qualifier="EA", value=text)
    doctor = make.doctor("82", suffix=text, references=(reference,), address=(text,))
    given = Reference(qualifier="F8", value=text)
    known = make.person(last_name=text, first_name=text, id=text, city=text, references=(reference,))
    header = make.submission(reference=text, receiver=organization)
    adjustment = Adjustment(group=text, reason=text, amount=D("1.00"))
    service = Procedure(qualifier="HC", code=text, modifiers=(text,), description=text)
    told = LineAdjudication(payer=text, paid=D("1.00"), procedure=service, adjustments=(adjustment,))
    line = make.line(
        number=text,
        procedure=service,
        unit_basis=text,
        diagnosis_pointers=(text, text),
        references=(reference,),
        notes=(text,),
        drugs=(Drug(qualifier=text, code=text, quantity=D("1"), unit=text),),
        providers=(doctor,),
        adjudications=(told,),
        dates=(DatedPeriod(qualifier=text, first=DAY, last=DAY),),
    )
    other = make.other_payer(
        group_name=text, insured=known, payer=organization, references=(given,), remarks=(text,)
    )
    claim = make.claim(
        header,
        account=text,
        facility_type=text,
        related_causes=(text,),
        accident_state=text,
        group_number=text,
        payer=organization,
        subscriber=known,
        patient=make.person("QC", last_name=text),
        relationship=text,
        codes=(ClaimCode(qualifier="BE", code=text, amount=D("1.00"), present_on_admission=text),),
        references=(reference,),
        notes=(text, text),
        providers=(doctor,),
        other_payers=(other,),
        lines=(line,),
    )
    return (header, claim)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_never_becomes_a_segment(text: str) -> None:
    facts = told_in_full(text)
    data = write(facts)
    assert read(data).facts == facts
    assert [row[0] for row in rows(data)] == [row[0] for row in rows(write(told_in_full("A")))]


@pytest.mark.parametrize("text", ["{}\n", " {}", "A\x1d{}", "\x85{}", "{}\x00B"])
def test_characters_that_x12_cannot_hold_are_refused(text: str) -> None:
    text = text.format(SENTINEL)
    header = make.submission()
    for changes in (
        {"account": text},
        {"subscriber": make.person(last_name=text)},
        {"codes": (ClaimCode(qualifier="ABK", code=text),)},
        {"notes": (text,)},
    ):
        with pytest.raises(HcfinError, match=r"segment \d+, [A-Z0-9]{2,3}\d\d: the value") as caught:
            write((header, make.claim(header, **changes)))
        assert SENTINEL not in str(caught.value)


# Laws over generated claims


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_what_is_written_is_read_back(currency: str) -> None:
    @settings(max_examples=60 if currency == "USD" else 15)
    @given(x12_837(max_submissions=2, currency=currency))
    def law(file: tuple[bytes, Facts]) -> None:
        data, facts = file
        reading = read(data)
        assert reading.facts == facts
        assert reading.issues == ()
        assert write(reading.facts) == data

    law()


@settings(max_examples=20)
@given(x12_835(max_claims=1), x12_837(max_claims=1))
def test_a_mix_is_read_back(first: tuple[bytes, Facts], second: tuple[bytes, Facts]) -> None:
    assert read(write((*second[1], *first[1]))).facts == (*first[1], *second[1])


@settings(max_examples=15)
@given(claims(max_claims=2))
def test_writing_is_deterministic(facts: Facts) -> None:
    assert_deterministic(write, facts)


@settings(max_examples=30)
@given(claims(max_claims=2, max_lines=1, text=delimiter_hostile_text()))
def test_a_hostile_text_is_written_as_it_is_or_refused(facts: Facts) -> None:
    data = assert_never_raises(write, facts)
    assert data is None or read(data).facts == facts


def reduced(adjustments: Iterable[Adjustment]) -> Decimal:
    return sum((one.amount for one in adjustments), Decimal(0))


@settings(max_examples=60)
@given(claims())
def test_generated_claims_keep_the_rules_of_totals(facts: Facts) -> None:
    """The totals of the 837 guides: of lines, and of every payer before, at claim and at line."""
    for claim in claims_of(facts):
        assert claim.charged == sum(line.charged for line in claim.lines)
        before = [other for other in claim.other_payers if other.paid is not None]
        assert [other.sequence for other in before] == {"P": [], "S": ["P"], "T": ["P", "S"]}[claim.sequence]
        for other in claim.other_payers:
            told = [
                (line, [one for one in line.adjudications if one.payer == other.payer.id])
                for line in claim.lines
            ]
            by_line = [one for _, every in told for one in every]
            if other.paid is None:
                assert (other.adjustments, by_line) == ((), [])
                continue
            on_lines = sum((reduced(one.adjustments) for one in by_line), Decimal(0))
            assert claim.charged == other.paid + reduced(other.adjustments) + on_lines
            if by_line:
                assert other.paid == sum(one.paid for one in by_line) - reduced(other.adjustments)
                for line, every in told:
                    assert line.charged == sum(one.paid + reduced(one.adjustments) for one in every)


@settings(max_examples=40)
@given(x12_837())
def test_levels_are_numbered_and_know_what_is_below_them(file: tuple[bytes, Facts]) -> None:
    found = levels(file[0])
    assert [number for number, *_ in found] == [str(n) for n in range(1, len(found) + 1)]
    kinds = {number: kind for number, _, kind, _ in found}
    parents = {parent for _, parent, _, _ in found}
    above = {"20": None, "22": "20", "23": "22"}
    for number, parent, kind, children in found:
        assert kinds.get(parent) == above[kind]
        assert (children == "1") == (number in parents)


@settings(max_examples=40)
@given(x12_837(max_claims=4))
def test_a_level_has_a_claim_below_it(file: tuple[bytes, Facts]) -> None:
    """No level is opened for nothing: after the last one comes a claim, and neighbours differ."""
    names = [row[0] for row in rows(file[0]) if row[0] in {"HL", "CLM"}]
    runs = [(name, len(list(run))) for name, run in groupby(names)]
    assert all(length <= 3 for name, length in runs if name == "HL")
    assert not names or names[-1] == "CLM"


def test_a_line_of_a_claim_is_one_of_its_type() -> None:
    """Which of SV1, SV2 and SV3 is written is the claim's to say, not the line's."""
    line = ClaimLine(charged=D("1.00"))
    for claim_type, name in (("professional", "SV1"), ("institutional", "SV2"), ("dental", "SV3")):
        header = make.submission(claim_type)
        facts = (header, make.claim(header, charged=D("1.00"), codes=(), lines=(line,)))
        data = write(facts)
        assert [row[0] for row in rows(data) if row[0].startswith("SV")] == [name]
        assert read(data).facts == facts


def test_a_claim_of_another_type_than_its_submission_stays_what_it_is() -> None:
    header = make.submission()
    facts = (header, make.claim(header), make.claim(header, claim_type="dental", lines=make.dental_lines()))
    reading = read(write(facts))
    assert reading.facts == facts
    assert [issue.code for issue in reading.issues] == ["CLAIM_TYPE_DIFFERS"]


def test_totals_that_differ_are_written_as_they_are() -> None:
    header = make.submission()
    facts = (header, make.claim(header, charged=D("99.00")))
    reading = read(write(facts))
    assert reading.facts == facts
    assert "CLAIM_CHARGES_MISMATCH" in {issue.code for issue in reading.issues}
