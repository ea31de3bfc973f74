"""The floors' own table: one row for each thing that is kept."""

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, Text

FLOOR = MetaData()
ROWS = Table(
    "floor",
    FLOOR,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("value", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
