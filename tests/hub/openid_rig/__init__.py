"""A certified OpenID provider as a process beside the tests, with people that a test may change while it runs."""

from openid_rig._provider import SECRET, Contoso, contoso

__all__ = ["SECRET", "Contoso", "contoso"]
