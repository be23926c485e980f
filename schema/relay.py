"""Pages of lists by Relay's Cursor Connections Specification, which also offer `nodes` and `totalCount`."""

from typing import Any

import strawberry


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is something before this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first item; null for an empty page.")
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last item, for the next page's after; null for an empty page."
    )


def connection(node: Any, name: str, description: str) -> Any:
    """The connection type of a node type."""
    node_name: str = node.__name__
    edge = _type(
        name.removesuffix("Connection") + "Edge",
        f"One {node_name} of a page.",
        cursor=(str, "Names this item, for after. It stays true when items are added before it."),
        node=(node, "The item."),
    )
    return _type(
        name,
        description,
        edges=(list[edge], "The items of this page with their cursors."),
        nodes=(list[node], "The items of this page."),
        page_info=(PageInfo, "Where this page lies in the list."),
        total_count=(int, "How many items there are in all."),
    )


def _type(name: str, description: str, **fields: tuple[Any, str]) -> Any:
    annotations = {key: kind for key, (kind, _) in fields.items()}
    described = {key: strawberry.field(description=text) for key, (_, text) in fields.items()}
    made = type(name, (), {"__annotations__": annotations, "__module__": __name__, **described})
    return strawberry.type(made, description=description)
