"""The schema, made once: for the gateway to execute and for schema.graphql to print."""

from functools import cache
from typing import Any, cast

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from schema.mutations import Mutation
from schema.query import Query
from schema.vocabulary import SCALARS

DESCRIPTION = """The common labour-market model: figures by place, period and group. Each field is answered by the
department that owns it, and read only where policy grants it.

Fields and values may be added at any time. One that is to go is first marked @deprecated, with what takes its place,
for at least twelve months; the changelog tells of each."""


def _read(source: object, name: str) -> Any:
    return getattr(source, name)


@cache
def schema() -> strawberry.Schema:
    """The Strawberry schema."""
    config = StrawberryConfig(default_resolver=_read, scalar_map=cast(Any, SCALARS))
    made = strawberry.Schema(Query, Mutation, config=config)
    cast(Any, made)._schema.description = DESCRIPTION
    return made


def executable() -> GraphQLSchema:
    """The same schema as graphql-core executes it."""
    return cast(GraphQLSchema, cast(Any, schema())._schema)


@cache
def printed() -> str:
    """The schema in the schema definition language, directives included."""
    # Strawberry prints neither a schema's description nor its root types where these have their usual names.
    head = f'"""\n{DESCRIPTION}\n"""\nschema {{\n  query: Query\n  mutation: Mutation\n}}'
    return f"{head}\n\n{schema().as_str()}\n"
