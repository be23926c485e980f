"""Databases as gateways left them before Alembic: the statements they sent, as they were, and a row of each table."""

from sqlalchemy import create_engine

# By version: what its step sent. A database of a version was made by all steps up to it.
STEPS = (
    (
        """CREATE TABLE operations (
            id VARCHAR(32) NOT NULL,
            at {instant} NOT NULL,
            subject VARCHAR(64) NOT NULL,
            organisation VARCHAR(64),
            issuer VARCHAR(256),
            purpose VARCHAR(64),
            operation VARCHAR(64) NOT NULL,
            epoch INTEGER NOT NULL,
            outcome VARCHAR(32) NOT NULL,
            granted JSON NOT NULL,
            refused JSON NOT NULL,
            calls JSON NOT NULL,
            milliseconds FLOAT NOT NULL,
            PRIMARY KEY (id)
        )""",
        "CREATE INDEX operations_by_organisation ON operations (organisation, at)",
    ),
    (
        "ALTER TABLE operations ADD COLUMN roles JSON DEFAULT '[]' NOT NULL",
        """CREATE TABLE refusals (
            operation_id VARCHAR(32) NOT NULL,
            coordinate VARCHAR(128) NOT NULL,
            at {instant} NOT NULL,
            organisation VARCHAR(64),
            purpose VARCHAR(64),
            PRIMARY KEY (operation_id, coordinate)
        )""",
        "CREATE INDEX refusals_by_time ON refusals (at)",
    ),
    (
        """CREATE TABLE rejections (
            day VARCHAR(10) NOT NULL,
            code VARCHAR(64) NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (day, code)
        )""",
    ),
)
VERSIONS = {"sqlite": "version INTEGER NOT NULL", "postgresql": "version SERIAL NOT NULL"}
INSTANTS = {"sqlite": "DATETIME", "postgresql": "TIMESTAMP WITH TIME ZONE"}

# By version: the table it brought, and a row of it.
ROWS = (
    (
        "operations",
        {
            "id": "'old'",
            "at": "'2024-01-01 00:00:00.000000{zone}'",
            "subject": "'s'",
            "organisation": "'DfE'",
            "issuer": "'i'",
            "purpose": "'p'",
            "operation": "'o'",
            "epoch": "1",
            "outcome": "'answered'",
            "granted": """'[{{"coordinate":"LabourMarket.vacancies"}}]'""",
            "refused": "'[]'",
            "calls": "'[]'",
            "milliseconds": "1.5",
        },
    ),
    (
        "refusals",
        {
            "operation_id": "'old'",
            "coordinate": "'LabourMarket.businesses'",
            "at": "'2024-01-01 00:00:00.000000{zone}'",
            "organisation": "NULL",
            "purpose": "NULL",
        },
    ),
    ("rejections", {"day": "'2024-01-01'", "code": "'TOO_DEEP'", "count": "7"}),
)


def make(url: str, version: int) -> None:
    """A database as a gateway of that version left it, with a row in each of its tables."""
    engine = create_engine(url)
    name = engine.dialect.name
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE schema_version ({VERSIONS[name]}, PRIMARY KEY (version))")
        for number, statements in enumerate(STEPS[:version], start=1):
            for statement in statements:
                connection.exec_driver_sql(statement.format(instant=INSTANTS[name]))
            connection.exec_driver_sql(f"INSERT INTO schema_version (version) VALUES ({number})")
        for table, row in ROWS[:version]:
            values = ", ".join(row.values()).format(zone="+00" if name == "postgresql" else "")
            connection.exec_driver_sql(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values})")
    engine.dispose()
