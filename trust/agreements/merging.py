"""Terms put in the place of others."""

from collections.abc import Mapping
from typing import Any, cast

from policies.agreement_content import Content


def merged(base: Mapping[str, Any], terms: Mapping[str, Any]) -> Content:
    """A content with some of its keys changed: what `terms` has, in the place of what was there; a key whose term is
    None is taken out. Tables are merged key by key, but for the obligations, which are replaced as a whole."""
    content = dict(base)
    for key, given in terms.items():
        if given is None:
            content.pop(key, None)
        elif isinstance(given, Mapping) and key != "obligations":
            before: object = content.get(key)
            content[key] = merged(
                cast(Mapping[str, Any], before) if isinstance(before, Mapping) else {}, cast(Mapping[str, Any], given)
            )
        else:
            content[key] = given
    return content
