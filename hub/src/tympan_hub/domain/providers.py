"""OpenID providers: where people of a tenant sign in, and what their claims mean here.

- A provider of a tenant lets people into that tenant alone. One of the service lets people into the tenants its homes
  name, by a claim of theirs.
- What a provider tells is not trusted further than its rules reach. Service owners come through a provider of their
  own kind, which lets nobody into a tenant; no rule of another makes an owner.
- Over plain HTTP only this machine itself is asked: anybody on the way could answer in the provider's name.
"""

import datetime as dt
import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput, Full
from tympan_hub.domain.ids import SERVICE, GroupId, ProviderId, TenantId
from tympan_hub.domain.limits.providers import CLAIM_CHARS, CLAIM_VALUES, PROVIDER_RULES, PROVIDER_SCOPES
from tympan_hub.domain.limits.values import NAME_OCTETS, URI_OCTETS
from tympan_hub.domain.people import Role
from tympan_hub.domain.text import is_name

ANY_TENANT: Final = "{tenantid}"
"""Stands in the issuer of Entra ID for all organisations, where a token has the organisation's own id (claim tid)."""

EMAIL_DOMAIN: Final = "email:domain"
"""In place of a claim's name: the part of the proved e-mail address after the ``@``."""

_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WIDTH: Final = (Role.USER, Role.OPERATOR, Role.ADMINISTRATOR)


@frozen(kw_only=True)
class ClaimNames:
    """Where in the claims of a provider things stand; a dot leads into an object, as in ``realm_access.roles``.

    Attributes:
        name: The person's name.
        email: Their e-mail address.
        login: Their name at the computers they print from; "" for the part of the address before the ``@``.
        groups: Their groups.
        home: What tells the tenant, for a provider of the service: such as ``tid``, ``hd`` or ``EMAIL_DOMAIN``.
    """

    name: str = "name"
    email: str = "email"
    login: str = ""
    groups: str = "groups"
    home: str = ""


@frozen(kw_only=True)
class Rule:
    """What it means here that a value stands among a person's groups.

    Attributes:
        value: The value, exactly.
        group: The group they are in; None for none.
        group_name: What a group is called that has to be made.
        role: What they may do; None says nothing about it.
    """

    value: str
    group: GroupId | None = None
    group_name: str = ""
    role: Role | None = None


@frozen(kw_only=True)
class TenantRule:
    """Whose people they are who come with this value of the home claim."""

    value: str
    tenant: TenantId


@frozen(kw_only=True)
class Provider:
    """An OpenID provider. Its client secret is kept apart, sealed.

    Attributes:
        id: A word, unique in the tenant; stands in the address people come back to.
        tenant: Whose people it lets in; ``SERVICE`` for one of many tenants.
        name: For people, on the button.
        issuer: Its address, exactly as its tokens spell it.
        client_id: Who the hub is there.
        scopes: What is asked for; ``openid`` always.
        claims: Where in the claims things stand.
        rules: What groups mean.
        homes: Which tenants, for one of the service.
        domains: People whose e-mail ends so are shown this provider.
        adds_unknown: Whether somebody unknown becomes a person by signing in.
        links_by_email: Whether a person who is here already is known again by a verified address, once.
        for_owners: Whether it lets service owners in, and nobody else; it stays what it was made as.
        created_at: When it was set up.
    """

    id: ProviderId
    tenant: TenantId
    name: str
    issuer: str
    client_id: str
    scopes: tuple[str, ...] = ("openid", "profile", "email", "offline_access")
    claims: ClaimNames = attrs.field(factory=ClaimNames)
    rules: tuple[Rule, ...] = ()
    homes: tuple[TenantRule, ...] = ()
    domains: tuple[str, ...] = ()
    adds_unknown: bool = True
    links_by_email: bool = True
    for_owners: bool = False
    created_at: dt.datetime

    @property
    def document_issuer(self) -> str:
        """The address below which its discovery document lies."""
        return self.issuer.replace(ANY_TENANT, "organizations")

    def issuer_of(self, claims: Mapping[str, Any]) -> str:
        """The issuer that a token with these claims must name; "" when it cannot name any."""
        if ANY_TENANT not in self.issuer:
            return self.issuer
        directory = claims.get("tid")
        if not isinstance(directory, str) or not _UUID.fullmatch(directory):
            return ""
        return self.issuer.replace(ANY_TENANT, directory)

    def issues_as(self, issuer: str) -> bool:
        """Whether its tokens may name this issuer: what another issuer gave is none of its business."""
        before, any_tenant, rest = self.issuer.partition(ANY_TENANT)
        directory = issuer.removeprefix(before).removesuffix(rest) if any_tenant else ""
        right = bool(_UUID.fullmatch(directory)) if any_tenant else True
        return right and issuer == before + directory + rest


def check_provider(provider: Provider) -> None:
    """Raises ``BadInput`` for a provider that cannot be one."""
    if not is_name(provider.name, NAME_OCTETS):
        raise BadInput(f"a name has 1 to {NAME_OCTETS} octets and no control characters", field="name")
    check_issuer(provider.issuer, many=provider.tenant == SERVICE and not provider.for_owners)
    if provider.for_owners:
        _check_for_owners(provider)
    if not is_name(provider.client_id, CLAIM_CHARS) or " " in provider.client_id:
        next_step = "Copy it from the provider's page about the application."
        raise BadInput("this is no client id", next_step=next_step, field="client_id")
    _check_scopes(provider.scopes)
    for domain in provider.domains:
        if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
            raise BadInput(f"{domain!r:.120} is no domain", next_step="Give one such as contoso.com.", field="domains")
    if len(provider.domains) > PROVIDER_RULES:
        raise BadInput(f"a provider has at most {PROVIDER_RULES} domains", field="domains")
    for what, name in attrs.asdict(provider.claims).items():
        if len(name) > CLAIM_CHARS or not (name == "" or name.isprintable()):
            raise BadInput("the name of a claim is too long or not printable", field=f"claim_{what}")


def _check_for_owners(provider: Provider) -> None:
    """Owners are known by their own link or by a rule, never by an address; only a claim that is vouched for counts."""
    if provider.tenant != SERVICE:
        raise BadInput("a provider of a tenant lets no service owners in")
    if provider.links_by_email:
        cause = "no service owner is known again by an e-mail address"
        raise BadInput(cause, next_step="Leave links_by_email off: owners link on their account page.")
    if provider.claims.home or provider.homes or provider.domains:
        raise BadInput("a provider of service owners leads to no tenant", next_step="Leave domains and tenants out.")
    if provider.claims.email != "email":
        cause = "the address of service owners stands in the claim email, which the provider verifies"
        raise BadInput(cause, next_step="Leave the claim as it is.", field="claim_email")


def check_issuer(issuer: str, *, many: bool) -> None:
    """Raises ``BadInput`` for what is no issuer (OpenID Connect Discovery section 3)."""
    next_step = "Give its address, such as https://login.example.com/realm."
    wrong = BadInput("this is no issuer", next_step=next_step, field="issuer")
    if len(issuer) > URI_OCTETS or not issuer.isascii() or not issuer.isprintable() or " " in issuer:
        raise wrong
    if ANY_TENANT in issuer and not many:
        cause = f"{ANY_TENANT} is for a provider of many tenants"
        raise BadInput(cause, next_step="Give the address with your organisation's own id.", field="issuer")
    parts = split_address(issuer.replace(ANY_TENANT, "organizations"))
    if parts is None or parts.query or parts.fragment:
        raise wrong


def split_address(address: str) -> SplitResult | None:
    """An address the hub may ask, taken apart: https, or this machine itself; None for any other."""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  # raises for what is no port
    except ValueError:
        return None
    if not parts.hostname or parts.username is not None or parts.password is not None:
        return None
    right = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))
    return parts if right else None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_scopes(scopes: tuple[str, ...]) -> None:
    if "openid" not in scopes or len(scopes) > PROVIDER_SCOPES or not all(map(_SCOPE.fullmatch, scopes)):
        cause = f"scopes are up to {PROVIDER_SCOPES} words, and openid is one of them"
        raise BadInput(cause, next_step="Give words divided by spaces.", field="scopes")


def check_rule(rule: Rule, *, for_owners: bool = False) -> None:
    """Raises ``BadInput`` for a rule without effect or beyond what one may give."""
    if not is_name(rule.value, CLAIM_CHARS):
        raise BadInput(f"a value has 1 to {CLAIM_CHARS} octets and no control characters")
    if for_owners and (rule.role is not Role.OWNER or rule.group is not None):
        raise BadInput("a rule of this provider makes service owners, and nothing else", next_step="Choose that role.")
    if rule.role is Role.OWNER and not for_owners:
        raise BadInput("this provider makes no service owners", next_step="Choose another role.")
    if not rule.group and rule.role is None:
        raise BadInput("the rule gives nothing", next_step="Name a group, or choose a role.")


def claim(claims: Mapping[str, Any], name: str) -> object:
    """What stands in a claim: under the whole name if there is one, else following its dots; None for nothing."""
    if name in claims:
        return claims[name]
    found: object = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def text_claim(claims: Mapping[str, Any], name: str) -> str:
    """A claim that is a text fit for keeping; "" otherwise."""
    found = claim(claims, name) if name else None
    text = found.strip() if isinstance(found, str) else ""
    return text if is_name(text, CLAIM_CHARS) else ""


def list_claim(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A claim that is a list of texts, or one text; what is no text is left out, and what is beyond the bound."""
    found = claim(claims, name) if name else None
    values: Sequence[object] = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    return tuple(value for value in values[:CLAIM_VALUES] if isinstance(value, str) and len(value) <= CLAIM_CHARS)


def granted(rules: tuple[Rule, ...], values: Sequence[str]) -> Role | None:
    """The widest role rules give; None when none of them says anything."""
    roles = {rule.role for rule in rules if rule.role is not None and rule.value in values}
    return max(roles, key=_WIDTH.index) if roles else None


def makes_owner(provider: Provider, values: Sequence[str]) -> bool:
    """Whether a rule says that somebody with these values is a service owner."""
    return provider.for_owners and any(rule.role is Role.OWNER and rule.value in values for rule in provider.rules)


def widest(one: Role, other: Role | None) -> Role:
    """The wider of two roles of a tenant."""
    return max(one, other or Role.USER, key=_WIDTH.index)


def fitting(rules: tuple[Rule, ...], values: Sequence[str]) -> tuple[Rule, ...]:
    """One rule for each group that rules put a person into."""
    return tuple({rule.group: rule for rule in rules if rule.group and rule.value in values}.values())


def room_for(rules: Sequence[object]) -> None:
    """Raises ``Full`` when a provider has as many rules as it may."""
    if len(rules) >= PROVIDER_RULES:
        raise Full(f"a provider has at most {PROVIDER_RULES} of these", next_step="Remove one first.")
