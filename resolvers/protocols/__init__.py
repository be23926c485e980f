"""One module per wire protocol. Each offers a class with the methods of `resolvers.protocols.connector.Connector`."""
