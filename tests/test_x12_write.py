"""What is written is read back the same, and a value never becomes a segment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest

from hcfin.billing.adjudication import InpatientAdjudication, OutpatientAdjudication
from hcfin.billing.base import (
    Adjustment,
    DatedEvent,
    Fact,
    InformationalAmount,
    InformationalQuantity,
    ListedCode,
    Reference,
)
from hcfin.billing.party import BankAccount, Contact, ContactNumber, Delivery, Individual, Organization
from hcfin.billing.provider_summary import ProviderSummary, ProviderSupplement, ProviderTotals
from hcfin.billing.reading import Reading, collect
from hcfin.billing.remittance import (
    ClaimPayment,
    Procedure,
    ProviderAdjustment,
    Remittance,
    RemittanceTotals,
    ServicePayment,
    remittance_ref,
)
from hcfin.errors import HcfinError
from hcfin.limits import Limits
from hcfin.standards.x12 import STANDARD
from hcfin.wire.x12_writer import join

DAY = dt.date(2031, 5, 4)


def D(text: str) -> Decimal:  # noqa: N802
    return Decimal(text)


def write(facts: Iterable[Fact], identity: Mapping[str, str] | None = None) -> bytes:
    return STANDARD.write(facts, identity or {})


def read(data: bytes) -> Reading:
    return collect(STANDARD.read(BytesIO(data), None, Limits(), True))


def header(**changes: Any) -> Remittance:
    """A small remittance of the fictional Testland Health Plan to the Example Clinic."""
    data: dict[str, Any] = {
        "handling": "I",
        "payment": D("80.00"),
        "method": "ACH",
        "payment_format": "CCP",
        "payment_date": DAY,
        "trace": "TESTTRACE1",
        "payer_identifier": "1999999999",
        "production_date": DAY,
        "payer": Organization(
            name="TESTLAND HEALTH PLAN",
            address=("1 NOWHERE ROAD",),
            city="TESTVILLE",
            state="NY",
            postal_code="00000",
        ),
        "payee": Organization(name="EXAMPLE CLINIC", id_qualifier="XX", id="9999999995"),
        "version": "005010X221A1",
    } | changes
    ref = remittance_ref(
        data["payer_identifier"],
        data["trace"],
        data["payment"],
        data["payment_date"],
        data["payee"].id or data["payee"].name,
    )
    return Remittance(**{"ref": ref, **data})


def claim(remittance: Remittance, **changes: Any) -> ClaimPayment:
    """A claim of a fictional patient: 100 charged, 20 contractual, 80 paid."""
    data: dict[str, Any] = {
        "remittance": remittance.ref,
        "currency": remittance.currency,
        "account": "ACCT-A",
        "status": "1",
        "charged": D("100.00"),
        "paid": D("80.00"),
        "filing_indicator": "12",
        "payer_claim_number": "PCN0001",
        "parties": (Individual(role="QC", entity="1", last_name="ROE", first_name="TESTINA"),),
        "adjustments": (Adjustment(group="CO", reason="45", amount=D("20.00")),),
    } | changes
    return ClaimPayment(**data)


def counted(remittance: Remittance, *claims: ClaimPayment) -> tuple[Fact, ...]:
    """The remittance with the totals that a reader counts, and its claims."""
    groups: dict[str, Decimal] = {}
    for one in claims:
        for adjustment, _ in one.all_adjustments():
            groups[adjustment.group] = groups.get(adjustment.group, D("0.00")) + adjustment.amount
    totals = RemittanceTotals(
        claims=len(claims),
        lines=sum(len(one.lines) for one in claims),
        charged=sum((one.charged for one in claims), D("0.00")),
        paid=sum((one.paid for one in claims), D("0.00")),
        patient_responsibility=groups.get("PR", D("0.00")),
        adjustments=tuple(sorted(groups.items())),
    )
    return (remittance.model_copy(update={"totals": totals}), *claims)


def rich() -> tuple[Fact, ...]:
    """A remittance with every field filled."""
    remittance = header(
        payment=D("129.50"),
        references=(Reference(qualifier="EV", value="RCVR1"), Reference(qualifier="F2", value="V2")),
        payer=Organization(
            name="TESTLAND HEALTH PLAN",
            id_qualifier="XV",
            id="TESTPLANID",
            address=("1 NOWHERE ROAD", "FLOOR 2"),
            city="TESTVILLE",
            state="NY",
            postal_code="00000",
            references=(Reference(qualifier="2U", value="00123"), Reference(qualifier="NF", value="54321")),
            contacts=(
                Contact(function="CX", name="HELP", numbers=(ContactNumber(qualifier="FX", number="1"),)),
                Contact(
                    function="BL",
                    numbers=tuple(ContactNumber(qualifier=kind, number="1") for kind in ("TE", "EX", "FX")),
                ),
            ),
        ),
        payer_account=BankAccount(
            routing_qualifier="01",
            routing_number="000000001",
            account_qualifier="DA",
            account_number="TESTACCT1",
        ),
        payee_account=BankAccount(
            routing_qualifier="04",
            routing_number="000000002",
            account_qualifier="SG",
            account_number="TESTACCT2",
        ),
        originator="1999999999",
        originator_supplement="TESTSUPP1",
        payer_supplement="TESTSUPP2",
        exchange_rate=D("1.2345"),
        dates=(DatedEvent(qualifier="009", day=DAY),),
        delivery=Delivery(method="EM", name="BILLING", address="REMITS@EXAMPLE.INVALID"),
        payee=Organization(
            name="EXAMPLE CLINIC",
            id_qualifier="XX",
            id="9999999995",
            address=("2 SAMPLE STREET",),
            city="SAMPLETON",
            postal_code="00001",
            country="CA",
            subdivision="ON",
            references=(Reference(qualifier="TJ", value="999999999"),),
        ),
        provider_adjustments=tuple(
            ProviderAdjustment(
                provider=provider,
                fiscal_year_end=dt.date(2031, 12, 31),
                code=code,
                reference=ref,
                amount=D(amount),
            )
            for provider, code, ref, amount in (
                *[("9999999995", "WO", f"PCN000{n}", "1.00") for n in range(7)],
                ("9999999995", "L6", "", "-1.50"),
                ("9999999987", "72", "PCN0099", "-15.00"),
                ("9999999995", "FB", "OLDTRACE", "0.00"),
            )
        ),
    )
    full = claim(
        remittance,
        charged=D("200.00"),
        paid=D("40.00"),
        patient_responsibility=D("25.00"),
        facility_type="13",
        frequency="1",
        patient_status="30",
        group_number="2",
        contacts=(
            Contact(function="CX", name="CLAIMS", numbers=(ContactNumber(qualifier="TE", number="1"),)),
        ),
        inpatient=InpatientAdjudication(covered_days=D("3"), drg_amount=D("-4.50"), capital_exception=D("0")),
        outpatient=OutpatientAdjudication(nonpayable_professional=D("1.00")),
        drg="123",
        drg_weight=D("1.2345"),
        discharge_fraction=D("0.5"),
        parties=(
            Individual(
                role="QC",
                entity="1",
                last_name="ROE",
                first_name="TESTINA",
                middle_name="Q",
                prefix="DR",
                suffix="JR",
                id_qualifier="MI",
                id="MEMBER0001",
            ),
            Individual(
                role="IL", entity="1", last_name="ROE", first_name="TESTER", id_qualifier="MI", id="M2"
            ),
            Individual(role="82", entity="2", last_name="EXAMPLE CLINIC", id_qualifier="XX", id="9999999995"),
        ),
        adjustments=tuple(
            Adjustment(group=group, reason=reason, amount=D(amount), quantity=quantity)
            for group, reason, amount, quantity in (
                *[("CO", str(n), "10.00", D(n)) for n in (1, 2, 3, 4, 5, 6, 7)],
                ("PR", "1", "10.00", None),
                ("CO", "45", "5.00", None),
                ("OA", "23", "-5.00", D("0.5")),
            )
        ),
        lines=(
            ServicePayment(
                procedure=Procedure(
                    qualifier="HC",
                    code="99213",
                    modifiers=("25", "59", "TC", "76"),
                    description="TEST SERVICE",
                ),
                charged=D("150.00"),
                paid=D("70.00"),
                revenue_code="0450",
                units=D("2.5"),
                submitted=Procedure(qualifier="HC", code="99214", modifiers=("25",)),
                submitted_units=D("3"),
                adjustments=(
                    Adjustment(group="CO", reason="45", amount=D("65.00")),
                    Adjustment(group="PR", reason="2", amount=D("15.00"), quantity=D("1")),
                ),
                dates=(DatedEvent(qualifier="472", day=DAY),),
                references=(Reference(qualifier="6R", value="LINE1"),),
                amounts=(InformationalAmount(qualifier="B6", amount=D("85.00")),),
                quantities=(InformationalQuantity(qualifier="ZK", quantity=D("2")),),
                remarks=("N1", "M15"),
                reject_codes=("75",),
                other_codes=(ListedCode(qualifier="ZZ", code="9"),),
            ),
            ServicePayment(
                procedure=Procedure(qualifier="NU", code="0450"),
                charged=D("50.00"),
                paid=D("50.00"),
                units=D("1"),
            ),
        ),
        references=(Reference(qualifier="1L", value="GROUP9"), Reference(qualifier="EA", value="MRN0001")),
        dates=(DatedEvent(qualifier="232", day=DAY), DatedEvent(qualifier="050", day=DAY)),
        amounts=(InformationalAmount(qualifier="AU", amount=D("100.00")),),
        quantities=(InformationalQuantity(qualifier="CA", quantity=D("3")),),
        remarks=("MA01", "MA02", "MA07", "MA18", "N1", "N2", "N3"),
    )
    other = claim(remittance, account="ACCT-B", status="22", paid=D("80.00"), group_number="3")
    first, *claims = counted(remittance, full, other)
    summary = ProviderSummary(
        remittance=remittance.ref,
        group_number="2",
        totals=ProviderTotals(
            provider="9999999995",
            facility_type="11",
            fiscal_period_end=DAY,
            claims=D("1"),
            charged=D("200.00"),
        ),
        supplement=ProviderSupplement(average_stay=D("2.5"), capital=D("-1.25")),
    )
    return (first, summary, *claims)


def test_a_rich_remittance_comes_back_the_same() -> None:
    facts = rich()
    reading = read(write(facts))
    assert reading.facts == facts
    allowed = {"REMIT_UNBALANCED_LINE", "REMIT_UNBALANCED_CLAIM", "REMIT_UNBALANCED_TRANSACTION"}
    assert not [i.code for i in reading.issues if i.severity == "error" and i.code not in allowed]


def test_segments_stand_in_the_order_of_the_guide() -> None:
    names = [segment.split("*")[0] for segment in write(rich()).decode().split("~")[:-1]]
    assert " ".join(names) == (
        "ISA GS ST BPR TRN CUR REF REF DTM DTM N1 N3 N4 REF REF PER PER N1 N3 N4 REF RDM "
        "LX TS3 TS2 CLP CAS CAS CAS CAS CAS NM1 NM1 NM1 MIA MOA REF REF DTM DTM PER AMT QTY "
        "SVC DTM CAS CAS REF AMT QTY LQ LQ LQ LQ SVC LX CLP CAS NM1 PLB PLB PLB PLB SE GE IEA"
    )


def test_adjustments_share_a_segment_up_to_its_room_and_keep_their_order() -> None:
    text = write(rich()).decode()
    assert "CAS*CO*1*10*1*2*10*2*3*10*3*4*10*4*5*10*5*6*10*6~CAS*CO*7*10*7~CAS*PR*1*10~CAS*CO*45*5~" in text
    assert "PLB*9999999995*20311231*WO:PCN0000*1*" in text
    assert "*WO:PCN0005*1~PLB*9999999995*20311231*WO:PCN0006*1*L6*-1.5~PLB*9999999987*20311231*72" in text


def test_one_set_for_each_remittance_claims_with_their_own() -> None:
    first, second = header(), header(trace="TESTTRACE2")
    facts = (*counted(first, claim(first)), *counted(second, claim(second, account="ACCT-B")))
    assert read(write(facts)).facts == facts
    # Claims find their remittance wherever they stand.
    shuffled = (facts[3], facts[0], facts[2], facts[1])
    assert read(write(shuffled)).facts == facts
    assert write(shuffled) == write(facts)


def test_identical_twins_keep_their_names() -> None:
    first = header()
    twin = header(ref=f"{first.ref}#2")
    facts = (
        *counted(first, claim(first)),
        *counted(twin, claim(twin)),
        *counted(header(ref=f"{first.ref}#3")),
    )
    reading = read(write(facts))
    assert reading.facts == facts
    assert not [issue for issue in reading.issues if issue.code == "CONTROL_REPEATED"]


def test_the_smallest_remittance() -> None:
    facts = counted(
        Remittance(
            ref="//0.00//",
            payment=D("0.00"),
            version="005010X221A1",
            payer=Organization(),
            payee=Organization(),
        )
    )
    assert read(write(facts)).facts == facts


@pytest.mark.parametrize(("currency", "amount"), [("KWD", "1.234"), ("JPY", "100"), ("EUR", "0.05")])
def test_another_currency(currency: str, amount: str) -> None:
    remittance = header(currency=currency, payment=D(amount))
    paid = claim(remittance, charged=D(amount), paid=D(amount), adjustments=())
    facts = counted(remittance, paid)
    data = write(facts)
    assert f"~CUR*PR*{currency}~".encode() in data
    reading = read(data)
    assert reading.facts == facts
    assert reading.issues == ()


def test_versions_have_their_own_group() -> None:
    first = header()
    second = header(trace="TESTTRACE2", version="005010X221")
    facts = (*counted(first), *counted(second))
    data = write(facts)
    assert read(data).facts == facts
    assert data.count(b"~GS*HP*") == 2
    assert b"~GE*1*2~IEA*2*000000001~" in data
    old = counted(header(version="004010X091A1"))
    assert b"*U*00401*" in write(old)[:106]
    assert read(write(old)).facts == old


def test_what_is_not_given_is_derived() -> None:
    """A name, a version and totals that were not counted are the reader's to make."""
    remittance = header(ref="R1", version="")
    heard, paid = read(write([remittance, claim(remittance)])).facts
    assert isinstance(heard, Remittance)
    assert isinstance(paid, ClaimPayment)
    assert (heard.version, heard.totals.claims) == ("005010X221A1", 1)
    assert heard.ref == paid.remittance == header().ref


def test_the_envelope_says_what_the_identity_says() -> None:
    identity = {
        "sender": "TESTPAYER",
        "sender_qualifier": "30",
        "receiver": "EXAMPLE CLINIC",
        "receiver_qualifier": "28",
        "date": "20310102",
        "time": "131415",
        "interchange_control": "42",
        "group_control": "7",
        "usage": "P",
        "version": "005010X221",
        "contact": "EDI DESK",
        "contact_phone": "5550100000",
    }
    text = write([header()], identity).decode()
    assert text.startswith(
        "ISA*00*          *00*          *30*TESTPAYER      *28*EXAMPLE CLINIC *310102*1314*^*00501*"
        "000000042*0*P*:~"
        "GS*HP*TESTPAYER*EXAMPLE CLINIC*20310102*131415*7*X*005010X221~ST*835*0001~"
    )
    assert "~PER*BL*EDI DESK*TE*5550100000~" in text
    assert text.endswith("~GE*1*7~IEA*1*000000042~")


def test_the_contact_of_an_identity_becomes_the_payers_where_it_has_none() -> None:
    identity = {"contact": "EDI DESK", "contact_phone": "5550100000"}
    (heard,) = read(write([header()], identity)).facts
    assert isinstance(heard, Remittance)
    phone = ContactNumber(qualifier="TE", number="5550100000")
    assert heard.payer.contacts == (Contact(function="BL", name="EDI DESK", numbers=(phone,)),)
    assert write([heard], identity) == write([heard])
    assert b"PER" not in write([header()])
    assert b"PER" not in write([header(version="004010X091A1")], identity)


def test_without_an_identity_there_is_no_clock() -> None:
    later = header(trace="TESTTRACE2", payment_date=dt.date(2031, 6, 1))
    assert b"*310601*0000*^*00501*000000001*0*T*:~GS*HP*SENDER*RECEIVER*20310601*0000*1*X*" in write(
        [header(), later]
    )
    bare = header(payment_date=None, production_date=None)
    assert write([bare])[70:82] == b"000101*0000*"


@pytest.mark.parametrize(
    "identity", [{"sender": "X" * 16}, {"date": "2031-05-04"}, {"usage": "X"}, {"time": "1\n"}, {"ROE": "1"}]
)
def test_an_identity_that_does_not_fit_is_refused(identity: dict[str, str]) -> None:
    with pytest.raises(HcfinError, match="identity") as caught:
        write([header()], identity)
    assert "ROE" not in str(caught.value)


HOSTILE = [
    "ABC~SVC*HC:99999*1000000*1000000",
    "~SE*1*0001~GE*1*1~IEA*1*000000001~",
    "ISA*00*",
    "a:b^c|d!e>f}g]h",
    "".join(chr(n) for n in range(0x21, 0x7F)),
    "José ÅÀ 東京 \U0001f600",
    "l\u2028s",
    "0",
    "*",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_never_becomes_a_segment(text: str) -> None:
    remittance = header(
        trace=text,
        payer=Organization(name=text, address=(text, text), city=text),
        provider_adjustments=(
            ProviderAdjustment(provider=text, code="WO", reference=text, amount=D("0.00")),
        ),
    )
    line = ServicePayment(
        procedure=Procedure(qualifier="HC", code=text, modifiers=(text,), description=text),
        charged=D("100.00"),
        paid=D("100.00"),
        remarks=(text,),
    )
    person = Individual(role="QC", entity="1", last_name=text, first_name=text, id=text)
    paid = claim(remittance, account=text, parties=(person,), lines=(line,), remarks=(text,))
    facts = counted(remittance, paid)
    data = write(facts)
    assert read(data).facts == facts
    assert len(data.decode().split(chr(data[105]))) == len(write(tame(facts)).decode().split("~"))


def tame(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """The facts of the hostile test with harmless texts."""
    remittance = header(
        payer=Organization(name="A", address=("A", "A"), city="A"),
        provider_adjustments=(ProviderAdjustment(provider="A", code="WO", reference="A", amount=D("0.00")),),
    )
    line = ServicePayment(procedure=Procedure(), charged=D("1.00"), paid=D("1.00"), remarks=("A",))
    return (remittance, claim(remittance, lines=(line,), remarks=("A",)))


def test_only_a_separator_that_is_taken_is_replaced() -> None:
    data = write([header(trace="A*B")])
    assert data[3:4] + data[82:83] + data[104:106] == b"|^:~"


SENTINEL = "ROESENTINEL"


@pytest.mark.parametrize("text", ["{}\n", " {}", "{} ", "A\x1d{}", "\x85{}", "{}\x00B"])
@pytest.mark.parametrize("place", ["account", "trace", "person", "component"])
def test_characters_that_x12_cannot_hold_are_refused(place: str, text: str) -> None:
    text = text.format(SENTINEL)
    remittance = header(trace=text) if place == "trace" else header()
    changes: dict[str, Any] = {
        "account": {"account": text},
        "person": {"parties": (Individual(role="QC", last_name=text),)},
        "component": {
            "lines": (ServicePayment(procedure=Procedure(code=text), charged=D("1"), paid=D("1")),),
        },
    }.get(place, {})
    with pytest.raises(
        HcfinError, match=r"segment \d+, [A-Z0-9]{2,3}\d\d: the value .*cannot hold it"
    ) as caught:
        write([remittance, claim(remittance, **changes)])
    assert SENTINEL not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"charged": D("1.005")}, "charged"),
        ({"paid": D("123456789012345678")}, "paid"),
        ({"currency": "EUR"}, "currency"),
        ({"status": ""}, "status"),
        ({"remarks": ("N1", "")}, "remarks"),
        ({"drg_weight": D("1234567890123")}, "drg_weight"),
        ({"adjustments": (Adjustment(group="CO", reason="45", amount=D("0.001")),)}, "adjustments"),
        (
            {
                "lines": (
                    ServicePayment(
                        procedure=Procedure(code="A", modifiers=("1", "2", "3", "4", "5")),
                        charged=D("1"),
                        paid=D("1"),
                    ),
                )
            },
            "lines.1.procedure.modifiers",
        ),
        (
            {
                "lines": (
                    ServicePayment(procedure=Procedure(), submitted=Procedure(), charged=D("1"), paid=D("1")),
                )
            },
            "lines.1.submitted",
        ),
        ({"group_number": ""}, "group_number"),
        ({"contacts": (Contact(),)}, "contacts"),
        ({"inpatient": InpatientAdjudication()}, "inpatient"),
        ({"outpatient": OutpatientAdjudication(hcpcs_payable=D("0.001"))}, "outpatient"),
    ],
)
def test_a_claim_that_x12_cannot_say_is_refused_by_field(changes: dict[str, Any], path: str) -> None:
    remittance = header()
    facts = [remittance, claim(remittance), claim(remittance, **changes)]
    with pytest.raises(HcfinError, match=f"remittance 1, claim 2: an 835 cannot say `{path}` "):
        write(facts)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"credit_debit": ""}, "credit_debit"),
        ({"payer_account": BankAccount()}, "payer_account"),
        ({"dates": (DatedEvent(qualifier="405", day=DAY),)}, "dates"),
        (
            {"payer": Organization(contacts=(Contact(numbers=(ContactNumber(number="1"),) * 4),))},
            "payer.contacts.1.numbers",
        ),
        ({"payer": Organization(address=("A", "B", "C"))}, "payer.address"),
        ({"payment": D("1.005")}, "payment"),
        ({"totals": RemittanceTotals(claims=2)}, "totals.claims"),
        (
            {"provider_adjustments": (ProviderAdjustment(code="WO", amount=D("0.001")),)},
            "provider_adjustments",
        ),
    ],
)
def test_a_remittance_that_x12_cannot_say_is_refused_by_field(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(HcfinError, match=f"remittance 2: an 835 cannot say `{path}` "):
        write([header(), header(trace="TESTTRACE2", **changes)])


def test_facts_that_do_not_belong_together_are_refused() -> None:
    remittance = header()
    with pytest.raises(HcfinError, match="no remittance"):
        write([])
    with pytest.raises(HcfinError, match="claim payment 1: its remittance is not among"):
        write([claim(header(trace="OTHER")), remittance])
    with pytest.raises(HcfinError, match="fact 2: two remittances have the same ref"):
        write([remittance, remittance])
    with pytest.raises(HcfinError, match="fact 1: an 835 holds remittances and an 837 claims, not Fact"):
        write([Fact()])
    with pytest.raises(HcfinError, match="fact 2: its source could not be read"):
        write([remittance, claim(remittance, unreadable=("paid",))])


# Faults of the reader that writing brought to light.


def bare(*segments: str) -> bytes:
    envelope = write([header()]).decode().split("~")
    return "~".join([*envelope[:3], *segments, f"SE*{len(segments) + 2}*0001", *envelope[-3:]]).encode()


def test_the_payment_has_the_decimals_of_the_currency_that_follows_it() -> None:
    reading = read(bare("BPR*I*1.234*C*ACH************20310504", "TRN*1*T*1", "CUR*PR*KWD"))
    (fact,) = reading.facts
    assert isinstance(fact, Remittance)
    assert (fact.payment, fact.currency, fact.unreadable) == (D("1.234"), "KWD", ())
    assert fact.ref == "1/T/1.234/2031-05-04/"


def test_the_currency_does_not_change_between_claims() -> None:
    claims = ("LX*1", "CLP*A*1*5*5", "LX*2", "CUR*PR*JPY", "CLP*B*1*5*5")
    reading = read(bare("BPR*I*10*C*ACH", *claims))
    assert {fact.currency for fact in reading.facts} == {"USD"}
    assert [issue.code for issue in reading.issues] == ["CURRENCY_INVALID"]


def test_a_payment_that_comes_after_the_claims_is_told_and_not_used() -> None:
    """The header ends at the first claim: what is booked must not depend on whether a file is streamed."""
    reading = read(bare("LX*1", "CLP*A*1*5*5", "BPR*I*5*C*NON"))
    assert isinstance(reading.facts[0], Remittance)
    assert reading.facts[0].unreadable == ("payment",)
    assert {"SEGMENT_MISSING", "SEGMENT_MISPLACED"} <= {issue.code for issue in reading.issues}


def test_what_describes_an_unused_party_does_not_reach_the_header() -> None:
    reading = read(bare("BPR*I*0*C*NON", "N1*ZZ*SOMEONE", "REF*EV*NOTMINE"))
    assert isinstance(reading.facts[0], Remittance)
    assert reading.facts[0].references == ()


def test_an_interchange_header_has_fixed_widths() -> None:
    row = ("ISA", "00", "", "00", "", "ZZ", "SENDER-OF-16-CHR", *["1"] * 9, "")
    with pytest.raises(HcfinError, match="ISA06: the value is longer than 15 bytes"):
        join([row])
