"""What the user tells hcfin about their Tryton database: the `[erp.tryton]` table."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hcfin.model import Model

Name = Annotated[str, StringConstraints(min_length=1)]
Names = dict[str, Name]


class Settings(Model):
    """Codes of records in one Tryton database. What is not listed goes by its own name or code."""

    api: Literal["json-rpc", "rest"] = Field(
        default="json-rpc",
        description="How Tryton is spoken to: `json-rpc` in a session, `rest` with the key of a user "
        "application.",
    )
    companies: Names = Field(default={}, description="Legal entity to code or name of the company's party.")
    company_ids: dict[str, Annotated[int, Field(ge=1, strict=True)]] = Field(
        default={},
        description="Legal entity to the number of its company; needed where the user sees several.",
    )
    currencies: Names = Field(
        default={}, description="Legal entity to currency of its company; USD where it is not listed."
    )
    journals: Names = Field(
        default={
            "journal_entry": "MISC",
            "receipt": "CASH",
            "invoice": "REV",
            "credit_memo": "REV",
            "goods_receipt": "STO",
            "supplier_invoice": "EXP",
        },
        description="Kind of document to code of the journal; MISC where it is not listed.",
    )
    periods: Names = Field(default={}, description="Period of the books to name of the period.")
    accounts: Names = Field(default={}, description="Account of the books to code of the account.")
    party_accounts: tuple[Name, ...] = Field(
        default=(),
        description="Accounts of the books that ask for a party in Tryton; it refuses one on all others.",
    )
    parties: Names = Field(default={}, description="Payer, supplier or affiliate to code of the party.")
    addresses: Names = Field(
        default={},
        description="Supplier to what finds its address for invoices: a street, or a postal code. Its own "
        "code does, where it has one address.",
    )
    other_party: str = Field(
        default="",
        description="Code of the party for lines of these accounts that are about a patient or nobody.",
    )
    dimensions: Names = Field(
        default={},
        description="Dimension to what stands before its values in the codes of the analytic accounts.",
    )
    tags: tuple[Name, ...] = Field(
        default=("account",), description="Tags that are written into the description of a move's line."
    )
    invoice_accounts: tuple[Name, ...] = Field(
        default=(),
        description="Accounts of the books that a line of a supplier's invoice may name in Tryton: of a type "
        "with `expense` or `debt`. An invoice with a line on another account is a move.",
    )
    stock_accounts: tuple[Name, ...] = Field(
        default=(),
        description="Accounts of the books that stock is kept in. What arrives on another account is no "
        "goods in Tryton: a service, or a product that nobody counts.",
    )
    items: Names = Field(default={}, description="Item to code of the product.")
    units: Names = Field(
        default={},
        description="Unit, or item and unit with a blank between, to name or symbol of the unit: a box of "
        "one item holds another number than that of another.",
    )
    locations: Names = Field(
        default={}, description="Stock location to code of the storage location, below the warehouse's."
    )
    warehouse: Name = Field(default="WH", description="Code of the warehouse that everything goes to.")
    warehouse_input: Name = Field(default="IN", description="Code of the location where goods arrive.")
    warehouse_storage: Name = Field(
        default="STO", description="Code of the storage location of documents that name none."
    )
    supplier_location: Name = Field(
        default="SUP", description="Code of the location that goods come from and go back to."
    )
    requester: str = Field(
        default="", description="Code of the party of the employee who asks; a requisition needs one."
    )
    approve_requisitions: bool = Field(
        default=True,
        description="Whether requisitions that need no approval are approved, of which Tryton makes requests "
        "to buy. Turn it off where the orders come from elsewhere: a person decides.",
    )
    price_digits: int = Field(
        default=4, ge=2, le=6, strict=True, description="Decimal places that Tryton keeps of a unit price."
    )
    line_limit: int = Field(
        default=500,
        ge=2,
        le=5000,
        strict=True,
        description="Lines in one move. Longer documents are split, and the parts have ids of their own: a "
        "document that was sent once must be sent again with the same limit.",
    )
    render_memos: bool = Field(
        default=False, description="Also render memo documents, which Tryton would book."
    )
