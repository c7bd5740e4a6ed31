"""The shop's settings, read once from the environment."""

from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.numbers import is_currency
from pydantic import Field, HttpUrl, SecretStr, field_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from runtime.logs import LogFormat, LogLevel
from runtime.settings import MetricsSettings, OutputFile, RedisUrl


class Settings(MetricsSettings):
    """What the web application, the workers and the flask commands read."""

    database_url: str = Field(
        description="the address of a PostgreSQL database",
        examples=["postgresql://shop:password@localhost:5432/shop"],
        repr=False,
    )
    redis_url: RedisUrl = Field(
        "redis://localhost:6379/0",
        description="the address of a Redis or Valkey",
        examples=["redis://localhost:6379/0"],
        repr=False,
    )
    app_env: Literal["production", "development"] = Field(
        "production", description="production or development", examples=["development"]
    )
    low_stock_threshold: int = Field(
        10, ge=0, description="a whole number from 0 on: up to so many the page says 'Only N left!'", examples=["10"]
    )
    stock_stale_after: float = Field(
        300,
        ge=10,
        le=86_400,
        description="a number of seconds from 10 to 86400: a page claims no count that is older",
        examples=["300"],
    )
    currency: str = Field("EUR", description="a currency's three capital letters (ISO 4217)", examples=["EUR"])
    locale: str = Field(
        "en_GB",
        description="a language, perhaps with a country: how prices and times are written",
        examples=["en_GB", "de_CH", "fr"],
    )
    time_zone: str = Field(
        "UTC", description="a time zone's name of the IANA database: the shop's", examples=["Europe/Berlin"]
    )
    unknown_products: Literal["fail", "keep"] = Field(
        "fail", description="fail or keep: what a count for a code that the shop doesn't know does", examples=["keep"]
    )
    secret_key: SecretStr | None = Field(
        None,
        min_length=16,
        description="16 or more random characters",
        examples=["$(openssl rand -hex 32)"],
        repr=False,
    )
    ops_user: str | None = Field(
        None, max_length=64, description="a name of 64 characters at most: who may sign in at /ops", examples=["dev"]
    )
    ops_password_hash: str | None = Field(
        None,
        pattern=r"^(scrypt:\d+:\d+:\d+|pbkdf2:[a-z0-9]+:\d+)\$[^$]+\$[0-9a-f]+$",
        description="what `flask --app wsgi ops-password` writes, all of it; a shell wants it in single quotes",
        examples=["'scrypt:32768:8:1$salt$0123456789abcdef'"],
        repr=False,
    )
    flower_url: HttpUrl | None = Field(
        None,
        description="the address at which developers open Flower",
        examples=["http://localhost:5555"],
    )
    ops_url: HttpUrl | None = Field(
        None,
        description="the address of the shop's /ops as developers open it: Flower names it with each bad message",
        examples=["https://shop.example/ops"],
    )
    allowed_hosts: str = Field(
        "*",
        pattern=r"^\*$|^\s*\.?[A-Za-z0-9:\[\]-][A-Za-z0-9.:\[\]-]*\s*(,\s*\.?[A-Za-z0-9:\[\]-][A-Za-z0-9.:\[\]-]*\s*)*$",
        description="the shop's host names, several with commas, a leading dot for all below it; * for any",
        examples=["shop.example,www.shop.example"],
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=10,
        description="a whole number from 0 to 10: so many proxies stand in front, and their X-Forwarded-* are believed",
        examples=["1"],
    )
    worker_task_limit: float = Field(
        25,
        gt=0,
        le=86_400,
        description="a number of seconds above 0, 86400 at most: a solo worker whose one task takes longer ends itself",
        examples=["25"],
    )
    pulse_file: OutputFile | None = Field(
        None,
        description="a file's path, in a directory that this process may write to",
        examples=["/tmp/worker.pulse"],  # noqa: S108  (an example)
    )
    log_level: LogLevel = Field("INFO", description="DEBUG, INFO, WARNING or ERROR", examples=["INFO"])
    log_format: LogFormat = Field("text", description="text or json", examples=["json"])

    @field_validator("currency")
    @classmethod
    def _is_currency(cls, code: str) -> str:
        if not is_currency(code):
            raise ValueError("no currency")
        return code

    @field_validator("locale")
    @classmethod
    def _is_locale(cls, name: str) -> str:
        try:
            return str(Locale.parse(name.replace("-", "_")))
        except UnknownLocaleError:
            raise ValueError("no locale") from None

    @field_validator("time_zone")
    @classmethod
    def _is_time_zone(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key
        except (OSError, ZoneInfoNotFoundError):  # a folder of the database is no zone, either
            raise ValueError("no time zone") from None

    @field_validator("database_url")
    @classmethod
    def _with_driver(cls, url: str) -> str:
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise ValueError("not an address") from None
        if parsed.drivername not in {"postgresql", "postgresql+psycopg"}:
            raise ValueError("not PostgreSQL")
        return parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
