"""The schema, made once: for the gateway to execute and for schema.graphql to print."""

from functools import cache
from typing import Any, cast

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from schema.mutations import Mutation
from schema.query import Query
from schema.vocabulary import SCALARS


def _read(source: object, name: str) -> Any:
    return getattr(source, name)


@cache
def schema() -> strawberry.Schema:
    """The Strawberry schema."""
    config = StrawberryConfig(default_resolver=_read, scalar_map=cast(Any, SCALARS))
    return strawberry.Schema(Query, Mutation, config=config)


def executable() -> GraphQLSchema:
    """The same schema as graphql-core executes it."""
    return cast(GraphQLSchema, cast(Any, schema())._schema)


@cache
def printed() -> str:
    """The schema in the schema definition language, directives included."""
    return schema().as_str() + "\n"
