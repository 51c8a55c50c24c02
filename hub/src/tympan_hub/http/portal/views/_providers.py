"""Sign-in providers as pages show them."""

import attrs
from attrs import frozen

from tympan_hub.http.portal.views._frame import Form
from tympan_hub.http.portal.views._jobs import Choice


@frozen(kw_only=True)
class ProviderRow:
    """A provider in the list."""

    id: str
    name: str
    issuer: str
    rules: int
    owners: bool


@frozen(kw_only=True)
class Providers:
    """The list."""

    rows: tuple[ProviderRow, ...]


@frozen(kw_only=True)
class ProviderForm:
    """Adding or changing one.

    Attributes:
        id: Of the one that is changed; "" for a new one.
        name: Its name so far.
        many: Whether it is one of many tenants.
        owners: Whether it is one of service owners.
        form: The fields.
    """

    id: str = ""
    name: str = ""
    many: bool = False
    owners: bool = False
    form: Form = attrs.field(factory=Form)


@frozen(kw_only=True)
class RuleRow:
    """What a value of the claim of groups means."""

    value: str
    group: str
    group_name: str
    role: str
    role_word: str


@frozen(kw_only=True)
class HomeRow:
    """Whose people come with a value."""

    value: str
    tenant: str


@frozen(kw_only=True)
class Provider:
    """One provider.

    Attributes:
        id: Its id.
        name: For people.
        issuer: Its issuer.
        client_id: Who the hub is there.
        back: The address to enter at the provider.
        groups_claim: Where groups stand.
        home_claim: What tells the tenant; "" for a provider of one.
        domains: People with these addresses are shown it.
        adds_unknown: Whether it adds people.
        links_by_email: Whether it links people.
        many: Whether it is one of many tenants.
        owners: Whether it is one of service owners.
        rules: What groups mean.
        homes: Which tenants.
        roles: Roles a rule may give.
        tenants: Tenants a value may lead to.
        keys: How many keys a test found; 0 when none was made.
        signs_out: Whether a test found that it can be told of a sign-out.
        ill: What the test found wrong; "" when nothing.
        form: What was typed for a new rule.
    """

    id: str
    name: str
    issuer: str
    client_id: str
    back: str
    groups_claim: str
    home_claim: str
    domains: tuple[str, ...]
    adds_unknown: bool
    links_by_email: bool
    many: bool
    owners: bool
    rules: tuple[RuleRow, ...]
    homes: tuple[HomeRow, ...]
    roles: tuple[Choice, ...]
    tenants: tuple[Choice, ...]
    keys: int = 0
    signs_out: bool = False
    ill: str = ""
    form: Form = attrs.field(factory=Form)


@frozen(kw_only=True)
class ToProvider:
    """On the way to a provider: its address and its name."""

    address: str
    name: str


@frozen(kw_only=True)
class Farewell:
    """Signing out at the provider too: the address."""

    address: str
