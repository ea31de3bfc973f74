"""How tables are made: names of constraints, and columns that hold documents and texts."""

from typing import Any

from sqlalchemy import JSON, Column, MetaData, Text
from sqlmodel import Field, SQLModel

# Batch migrations on SQLite need every constraint to have a name.
SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention

LARGEST_NUMBER = 2**31 - 1  # that a column of whole numbers holds

# SQLite gives the number of a newest row that was erased once more, unless it is asked not to.
NEVER_AGAIN = {"sqlite_autoincrement": True}

Json = JSON(none_as_null=True)  # not JSONB: the order in which a context's names came is what a model is told


def json_column(*, nullable: bool = False) -> Any:
    """A fresh JSON column: a column object can belong to one table only."""
    return Field(sa_column=Column(Json, nullable=nullable))


def list_column() -> Any:
    """A JSON column that holds a list, empty at first."""
    return Field(default_factory=list, sa_column=Column(Json, nullable=False))


def mapping_column() -> Any:
    """A JSON column that holds an object, empty at first."""
    return Field(default_factory=dict, sa_column=Column(Json, nullable=False))


def text_column(*, nullable: bool = False) -> Any:
    """Text without a length, on both databases."""
    return Field(default=None, sa_column=Column(Text, nullable=nullable))
