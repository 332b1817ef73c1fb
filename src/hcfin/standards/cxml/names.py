"""Names of elements and attributes that may be shown: those of cXML. Any other is written `?`."""

from __future__ import annotations

_ELEMENTS = """
cXML Header From To Sender Credential Identity SharedSecret DigitalSignature UserAgent Correspondent Request
Response Message Status OrderRequest OrderRequestHeader ItemOut ItemID SupplierPartID
SupplierPartAuxiliaryID BuyerPartID IdReference ItemDetail UnitPrice Money Description ShortName
UnitOfMeasure PriceBasisQuantity Classification ManufacturerPartID ManufacturerName URL LeadTime Extrinsic
SupplierID SupplierList ShipTo BillTo Address Name PostalAddress DeliverTo Street City Municipality State
PostalCode Country Email Phone Fax TelephoneNumber CountryCode AreaOrCityCode Number Extension Contact Total
Shipping Tax TaxDetail TaxableAmount TaxAmount TaxLocation Payment PCard PaymentTerm Discount
DiscountPercent DiscountAmount DiscountDueDays NetDueDays Comments Attachment Distribution Accounting
AccountingSegment Segment Charge Followup DocumentReference SupplierOrderInfo TermsOfDelivery ScheduleLine
SpendDetail ControlKeys ConfirmationRequest ConfirmationHeader OrderReference ConfirmationItem
ConfirmationStatus ItemIn ShipNoticeRequest ShipNoticeHeader ShipNoticePortion ShipNoticeItem
ShipNoticeItemDetail ShipControl CarrierIdentifier ShipmentIdentifier Route Packaging PackagingCode
Dimension Batch BuyerBatchID SupplierBatchID AssetInfo ServiceLevel ShippingInstructions
TransportInformation PackageIdentification Hazard InvoiceDetailRequest InvoiceDetailRequestHeader
InvoiceDetailHeaderIndicator InvoiceDetailLineIndicator InvoicePartner InvoiceIDInfo InvoiceDetailShipping
InvoiceDetailPaymentTerm Period InvoiceDetailOrder InvoiceDetailOrderInfo OrderIDInfo
MasterAgreementReference MasterAgreementIDInfo InvoiceDetailItem InvoiceDetailItemReference
InvoiceDetailServiceItem InvoiceDetailServiceItemReference SubtotalAmount GrossAmount NetAmount DueAmount
DepositAmount InvoiceDetailLineShipping InvoiceDetailLineSpecialHandling SpecialHandlingAmount
ShippingAmount InvoiceDetailDiscount InvoiceDetailSummary InvoiceHeaderModifications
InvoiceItemModifications Modification ModificationDetail OriginalPrice AdditionalDeduction AdditionalCost
DeductionAmount DeductionPercent TotalCharges TotalAllowances InvoiceDetailHeaderOrder
InvoiceDetailOrderSummary SerialNumber ProfileRequest PunchOutSetupRequest PunchOutOrderMessage
StatusUpdateRequest OrderStatusRequest PaymentRemittanceRequest ReceiptRequest CatalogUploadRequest
"""
_ATTRIBUTES = """
payloadID timestamp version signatureVersion deploymentMode domain type lang orderID orderDate orderType
orderVersion requisitionID agreementID effectiveDate expirationDate shipComplete parentAgreementID quantity
lineNumber parentLineNumber requestedDeliveryDate agreementItemNumber isAdHoc itemType itemCategory
requestedShipmentDate currency alternateAmount alternateCurrency conversionFactor identifier addressID
addressIDDomain isoCountryCode isoStateCode name role payInNumberOfDays percent percentageRate confirmID
operation noticeDate invoiceID deliveryDate shipmentDate shipmentID shipmentType shipNoticeLineNumber
requestedQuantity serialNumber tagNumber location productionDate productionLineNumber invoiceDate purpose
invoiceLineNumber referenceDate inspectionDate isHeaderInvoice isTaxInLine isShippingInLine
isAccountingInLine isSpecialHandlingInLine isDiscountInLine isInformationOnly category taxPointDate
percentageOf startDate endDate description code text id
"""
_KNOWN = frozenset(_ELEMENTS.split())
_KNOWN_ATTRIBUTES = frozenset(_ATTRIBUTES.split())
_NAMESPACE = "{http://www.w3.org/XML/1998/namespace}"


def name_of(tag: str) -> str:
    """An element's name as it may be shown."""
    return tag if tag in _KNOWN else "?"


def attribute_of(name: str) -> str:
    """An attribute's name as it may be shown."""
    plain = name.removeprefix(_NAMESPACE)
    return plain if plain in _KNOWN_ATTRIBUTES else "?"
