"""Names: what is known of attributes beyond their bytes: their usual tag, and which of them make a job ticket.

The codec works without this; builders of requests and answers, and people who read attributes, look things up here.
"""

from tympan_wire.ipp._limits import MAX_BYTES, MAX_VALUE_BYTES
from tympan_wire.ipp._tags import Tag

_SYNTAXES: dict[Tag, str] = {
    Tag.CHARSET: "attributes-charset charset-configured charset-supported",
    Tag.NATURAL_LANGUAGE: """
        attributes-natural-language generated-natural-language-supported natural-language-configured""",
    Tag.KEYWORD: """
        compression compression-supported feed-orientation finishing-template finishings-col-supported
        identify-actions identify-actions-default identify-actions-supported ipp-features-supported
        ipp-versions-supported job-account-type job-accounting-sheets job-creation-attributes-supported
        job-error-action job-hold-until job-hold-until-default job-hold-until-supported job-mandatory-attributes
        job-password-encryption job-save-disposition job-spooling-supported job-state-reasons media
        media-back-coating media-col-supported media-color media-default media-front-coating media-grain
        media-key media-key-supported media-pre-printed media-ready media-recycled media-size-name media-source
        media-source-supported media-supported media-tooth media-tracking-supported media-type
        media-type-supported multiple-document-handling multiple-document-handling-default
        multiple-document-handling-supported multiple-operation-time-out-action notify-events notify-pull-method
        output-bin output-bin-default output-bin-supported output-device-job-state-reasons overrides-supported
        page-delivery pdl-override-supported presentation-direction-number-up print-color-mode
        print-color-mode-default print-color-mode-supported print-content-optimize
        print-content-optimize-default print-content-optimize-supported print-rendering-intent
        print-rendering-intent-default print-rendering-intent-supported print-scaling print-scaling-default
        print-scaling-supported printer-get-attributes-supported printer-state-reasons
        pwg-raster-document-sheet-back pwg-raster-document-type-supported requested-attributes
        separator-sheets-type sides sides-default sides-supported urf-supported uri-authentication-supported
        uri-security-supported which-jobs which-jobs-supported x-image-position x-side1-image-position
        y-image-position""",
    Tag.NAME_WITHOUT_LANGUAGE: """
        document-name job-account-id job-accounting-user-id job-name job-originating-host-name
        job-originating-user-name job-recipient-name job-sheets job-sheets-default job-sheets-supported
        printer-dns-sd-name printer-name requesting-user-name""",
    Tag.TEXT_WITHOUT_LANGUAGE: """
        detailed-status-message document-message job-message-to-operator job-save-printer-make-and-model
        job-sheet-message job-state-message message output-device-job-state-message printer-device-id
        printer-info printer-location printer-make-and-model printer-message-from-operator printer-organization
        printer-organizational-unit printer-state-message printer-supply-description status-message""",
    Tag.URI: """
        device-uri document-uri job-more-info job-phone-number job-printer-uri job-uri job-uuid
        notify-recipient-uri output-device-uuid output-device-uuid-assigned printer-geo-location printer-icons
        printer-more-info printer-more-info-manufacturer printer-supply-info-uri printer-uri
        printer-uri-supported printer-uuid printer-xri-uri requesting-user-uri requesting-user-vcard-uri""",
    Tag.URI_SCHEME: "notify-schemes-supported reference-uri-schemes-supported",
    Tag.MIME_MEDIA_TYPE: """
        document-format document-format-default document-format-preferred document-format-ready
        document-format-supplied document-format-supported""",
    Tag.INTEGER: """
        copies copies-actual copies-default document-password-supported first-index insert-after-page-number
        insert-count job-cancel-after job-copies job-id job-impressions job-impressions-completed job-k-octets
        job-k-octets-processed job-media-sheets job-media-sheets-completed job-pages job-pages-completed
        job-printer-up-time job-priority job-priority-default job-priority-supported last-document-number limit
        media-bottom-margin media-bottom-margin-supported media-hole-count media-left-margin
        media-left-margin-supported media-order-count media-right-margin media-right-margin-supported
        media-thickness media-top-margin media-top-margin-supported media-weight-metric
        multiple-operation-time-out notify-lease-duration notify-sequence-number notify-subscription-id
        number-of-documents number-of-intervening-jobs number-up number-up-default pages-per-minute
        pages-per-minute-color printer-config-change-time printer-config-changes printer-state-change-time
        printer-up-time queued-job-count time-at-completed time-at-creation time-at-processing x-dimension
        x-image-shift x-side1-image-shift x-side2-image-shift y-dimension y-image-shift y-side1-image-shift
        y-side2-image-shift""",
    Tag.ENUM: """
        document-state fetch-status-code finishings finishings-default finishings-ready finishings-supported
        input-orientation-requested job-collation-type job-state operations-supported orientation-requested
        orientation-requested-default orientation-requested-supported output-device-job-state print-quality
        print-quality-default print-quality-supported printer-state""",
    Tag.BOOLEAN: """
        color-supported ipp-attribute-fidelity job-ids-supported last-document multiple-document-jobs-supported
        my-jobs page-ranges-supported preferred-attributes-supported printer-is-accepting-jobs""",
    Tag.RANGE_OF_INTEGER: """
        copies-supported document-numbers job-impressions-supported job-k-octets-supported
        job-media-sheets-supported number-up-supported page-ranges pages""",
    Tag.RESOLUTION: """
        printer-resolution printer-resolution-default printer-resolution-supported
        pwg-raster-document-resolution-supported""",
    Tag.DATE_TIME: """
        date-time-at-completed date-time-at-creation date-time-at-processing printer-config-change-date-time
        printer-current-time printer-state-change-date-time""",
    Tag.OCTET_STRING: """
        document-metadata job-password notify-user-data printer-alert printer-finisher printer-input-tray
        printer-output-tray printer-supply""",
    Tag.BEG_COLLECTION: """
        cover-back cover-front finishings-col finishings-col-database finishings-col-default
        finishings-col-ready insert-sheet job-accounting-sheets-col job-constraints-supported job-error-sheet
        job-finishings-col job-presets-supported job-resolvers-supported job-sheets-col job-storage
        materials-col media-col media-col-actual media-col-database media-col-default media-col-ready media-size
        media-size-supported overrides preferred-attributes print-accuracy print-objects printer-contact-col
        proof-print separator-sheets""",
}

_TAG_OF = {name: tag for tag, names in _SYNTAXES.items() for name in names.split()}

_TICKET = """
    copies cover-back cover-front feed-orientation finishings finishings-col force-front-side
    imposition-template insert-sheet job-account-id job-account-type job-accounting-sheets
    job-accounting-user-id job-cancel-after job-copies job-delay-output-until job-delay-output-until-time
    job-error-action job-error-sheet job-finishings job-finishings-col job-hold-until job-hold-until-time
    job-message-to-operator job-pages-per-set job-phone-number job-priority job-recipient-name job-retain-until
    job-retain-until-interval job-retain-until-time job-save-disposition job-sheet-message job-sheets
    job-sheets-col media media-col multiple-document-handling number-up orientation-requested output-bin
    output-device overrides page-delivery page-ranges pages-per-subset pdl-init-file
    presentation-direction-number-up print-accuracy print-base print-color-mode print-content-optimize
    print-objects print-quality print-rendering-intent print-scaling print-supports printer-resolution
    proof-copies proof-print separator-sheets sides x-image-position x-image-shift x-side1-image-shift
    x-side2-image-shift y-image-position y-image-shift y-side1-image-shift y-side2-image-shift
"""
JOB_TEMPLATE = frozenset(_TICKET.split())
"""Attributes a user sets on a job and a printer obeys (RFC 8011 section 5.2 and its PWG extensions)."""

NAMED_BYTES = {"job-name": 255} | dict.fromkeys(
    ("printer-name", "printer-info", "printer-location", "printer-make-and-model"), 127
)
"""Longest value of an attribute, in bytes, where its name says less than its syntax."""


def max_length(tag: int) -> int:
    """Give the longest value of a syntax in bytes (RFC 8011 section 5.1), or the most the format can say."""
    return MAX_BYTES.get(tag, MAX_VALUE_BYTES)


def default_tag(name: str) -> Tag | None:
    """Give the tag an attribute of that name usually has; None for a name not known."""
    return _TAG_OF.get(name)
