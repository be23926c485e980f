"""The way to the GraphQL endpoint without a look at other routes, which costs a tenth of an answer that is kept."""

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send


class Direct:
    """ASGI middleware: sends requests for one route straight to its endpoint, which is an ASGI application."""

    def __init__(self, app: ASGIApp, route: Route) -> None:
        self._app, self._route = app, route
        self._path, self._methods = route.path, route.methods or set[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The endpoint, or the application within."""
        if scope["type"] == "http" and scope["path"] == self._path and scope["method"] in self._methods:
            scope["route"] = self._route
            await self._route.app(scope, receive, send)
        else:
            await self._app(scope, receive, send)
