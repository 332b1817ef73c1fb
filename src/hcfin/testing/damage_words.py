"""What a file is made of, by what it tells of: where its amounts stand, its blocks, its segments.

An 835 and an 837 share segments that mean different things: LX opens a group of claim payments in the one, a
service line in the other; messages of HL7 have others. So damage asks for the words of the file before it
chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from hcfin.testing.damage_file import File

TAILS = {b"IEA": 0, b"GE": 1, b"SE": 2, b"FTS": 0, b"BTS": 1}
"""Trailers, and the level of what each ends."""
ISA = (
    b"ISA*00*          *00*          *ZZ*A              *ZZ*B              "
    b"*250101*1200*^*00501*000000009*0*T*:~"
)
OLD_GUIDES = (
    (b"005010X221A1", b"004010X091A1"),
    (b"005010X222A1", b"004010X098A1"),
    (b"005010X223A2", b"004010X096A1"),
    (b"005010X224A2", b"004010X097A2"),
)
"""Guides and those that they replaced."""
_ENVELOPE = {b"ISA": 0, b"GS": 1, b"ST": 2}


class Words(NamedTuple):
    """Positions of amounts by segment, levels of blocks by their first segment, names, whole segments."""

    amounts: Mapping[bytes, tuple[int, ...]]
    heads: Mapping[bytes, int]
    names: tuple[bytes, ...]
    segments: list[bytes]


# Whole segments, as a hand or a broken interface engine puts them in; `*` becomes the file's own separator.
REMITTANCE = Words(
    amounts={
        b"BPR": (2,), b"CLP": (3, 4, 5), b"SVC": (2, 3), b"CAS": (3, 6, 9), b"PLB": (4, 6), b"AMT": (2,),
    },
    heads={**_ENVELOPE, b"LX": 3, b"CLP": 4, b"SVC": 5},
    names=(
        b"CLP", b"SVC", b"CAS", b"LX", b"PLB", b"ST", b"SE", b"GS", b"GE", b"ISA", b"IEA", b"BPR", b"TRN",
        b"N1", b"N3", b"REF", b"DTM", b"NM1", b"MOA", b"MIA", b"LQ", b"AMT", b"QTY", b"CUR", b"XX", b"",
        b"clp",
    ),
    segments=b"""
ST*835*0001 SE*1*0001 ST*837*0002 ST*835 GS*HP*A*B*20250101*1200*1*X*005010X221A1 GE*1*1 IEA*1*000000001 ISA
BPR*I*0*C*NON BPR*H*1*D*CHK************20250101 TRN*1*T*P CUR*PR*JPY CUR*PE*KWD CUR
N1*PR*A*XV*B N1*PE*A*XX*1234567893 N1*ZZ DTM*405*20251399 DTM*405*20250115 LX*1 XX*1*2*3
CLP*A*1*100*75*25*MC*B CLP*A*22*-100*-75**12*B CLP*A*4*0*0 CLP NM1*TT*2*B*****XV*TESTPAYER2
SVC*HC:99213*100*75 SVC CAS*CO*45*25 CAS*PR*1*0.01*1*2*0*0*3*1E9 CAS*OA*23*1 CAS
LQ*HE*N781 MOA***MA01*MA07 MIA*0****MA01 PLB*1*20251231*WO:A*1*FB:B*-1 PLB*1**XX*5
""".split(),
)  # fmt: skip
CLAIMS = Words(
    amounts={
        b"CLM": (2,), b"SV1": (2,), b"SV2": (3,), b"SV3": (2,), b"SVD": (2,), b"CAS": (3, 6, 9), b"AMT": (2,),
        b"CN1": (2,),
    },
    heads={**_ENVELOPE, b"HL": 3, b"CLM": 4, b"LX": 5},
    names=(
        b"CLM", b"SV1", b"SV2", b"SV3", b"SVD", b"CAS", b"LX", b"HL", b"SBR", b"PAT", b"ST", b"SE", b"GS",
        b"GE", b"ISA", b"IEA", b"BHT", b"NM1", b"N3", b"N4", b"DMG", b"PRV", b"PER", b"REF", b"DTP", b"HI",
        b"CL1", b"CN1", b"NTE", b"OI", b"MIA", b"MOA", b"AMT", b"QTY", b"LIN", b"CTP", b"TOO", b"CUR", b"XX",
        b"", b"clm",
    ),
    segments=b"""
ST*837*0001*005010X222A1 SE*1*0001 ST*835*0002 ST*837 GS*HC*A*B*20250101*1200*1*X*005010X223A2 GE*1*1
IEA*1*000000001 ISA BHT*0019*00*A*20250115*0900*CH BHT CUR*85*JPY CUR XX*1*2*3
HL*1**20*1 HL*2*1*22*0 HL*3*2*23*0 HL*9*99*22*1 HL*2*2*22 HL*1*3*23*0 HL SBR*P*18*******MB SBR*S*******MC SBR
PAT*19 PAT NM1*IL*1*TESTPERSON*SAM****MI*TEST0001 NM1*QC*1*TESTPERSON NM1*PR*2*A*****PI*TESTPAYER2
NM1*85*2*A*****XX*1234567893 NM1*71*1*A NM1*ZZ NM1 DMG*D8*20251399*F DMG*D8*19700101*U
CLM*A*100***11:B:1*Y*A*Y*Y CLM*A*100***13:A:8 CLM*A*-1***11:B:7 CLM CL1*1*1*01 CN1*02*100
HI*ABK:Z0000*ABF:I639 HI*BE:80:::4*BE:A1:::1E9 HI*BBR:TEST:D8:20251399 HI*DR:470 HI
DTP*472*D8*20250115 DTP*434*RD8*20250101-20250105 DTP*434*RD8*20250105-2025 DTP*435*DT*202501010900 DTP
LX*1 LX SV1*HC:99213*100*UN*1***1 SV1 SV2*0450*HC:99284*100*UN*1 SV2 SV3*AD:D0120*100****1 TOO*JP*14
SVD*TESTPAYER2*75*HC:99213**1 SVD*NOBODY*1 SVD CAS*CO*45*25 CAS*PR*1*0.01*1*2*0*0*3*1E9 CAS AMT*D*75 AMT*D
OI***Y***Y MOA***MA01 LIN**N4*00000000000 CTP****1E9*ML NTE*ADD*TEXT REF*F8*A REF
""".split(),
)  # fmt: skip


MESSAGES = Words(
    amounts={b"FT1": (11, 12, 15, 22), b"IN1": (36,), b"PRC": (5,), b"PV1": (46, 47), b"ZF2": (6, 7, 8)},
    heads={b"FHS": 0, b"BHS": 1, b"MSH": 2, b"PID": 3, b"FT1": 4, b"IN1": 4, b"ORC": 4, b"MFE": 4},
    names=(
        b"MSH", b"FHS", b"BHS", b"BTS", b"FTS", b"EVN", b"PID", b"PD1", b"MRG", b"PV1", b"PV2", b"FT1",
        b"PR1", b"NTE", b"DG1", b"DRG", b"GT1", b"IN1", b"IN2", b"IN3", b"ORC", b"OBR", b"OBX", b"MFI",
        b"MFE", b"CDM", b"PRC", b"ACC", b"ZF2", b"ZZZ", b"", b"ft1",
    ),
    segments=rb"""
MSH*^~\&*A*B*C*D*20250115**DFT^P03*M9*P*2.5.1 MSH*^~\&*A*B*C*D*2025**ADT^A40*M8*P*2.3 MSH*^~\&******BAR^P02
MSH*^~\&#*A*******MFN^M04*M7*D*2.8**** MSH*^~& MSH BHS*^~\&*A BTS*1 BTS FHS*^~\&*A FTS*1 FTS
EVN*P03*20250115 EVN PID*1**TEST1^^^A^MR~TEST2^^^B^PI**TESTPERSON^SAM PID*1**""**""^X PID MRG*TEST9^^^A^MR MRG
PV1*1*I*ED^1^A****1234567893^TEST************TEST3 PV1 PV1*1*"" PV2
FT1*1*T1**20250115*20250116*CG*99213^X^CPT***2*100.00&USD*50.00&USD FT1*2***20250115**CD*99213****100.00^USD
FT1*3*T3**20250115**PY*CASH****-25.00 FT1*4***2025**AJ*****100-*(5) FT1*5***20251399**XX*****10^UP^1^5^D~5^TP
FT1*6***20250115**CO*****1,425.00&JPY FT1*7******************* FT1 PR1*1**99213^X^CPT**20250115 PR1
DG1*1**I10^X^I10***F DG1 DRG*470 GT1*1**TESTPERSON^SAM*******SEL GT1*1**"" IN1*1*P1^X*P1*TESTPAYER****G1 IN1
IN1*1*"" IN2*1 IN3*1 ORC*NW ORC OBR*1 OBR OBX*1*NM*X**1 NTE*1**TEST\.br\X NTE*1**\X0D\ NTE
MFI*CDM**UPD MFE*MAD*1**99213^X MFE*MDL CDM*99213^X CDM PRC*99213^X****100.00&USD PRC ACC*2025
ZF2*1*2**4**1*2*3 ZZZ*TEST ZZZ
""".split(),
)  # fmt: skip


def words_of(file: File) -> Words:
    """The words of a file: those of messages or of claims where it has any."""
    if file.hl7:
        return MESSAGES
    return CLAIMS if b"CLM" + file.element in file.data else REMITTANCE
