"""A prefix of an S3-compatible bucket, through boto3, whose usual places (AWS_*, ~/.aws) give the credentials.

Refuses to make a bucket, and credentials by any other way.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import boto3  # type: ignore[import-untyped]
from boto3.exceptions import Boto3Error  # type: ignore[import-untyped]
from boto3.s3.transfer import TransferConfig  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from tipwatch.deliver.address import Address
from tipwatch.deliver.manifest import STAGING
from tipwatch.deliver.patience import UnreachedError
from tipwatch.errors import CommandError, ExitCode

REGION = "us-east-1"
"""Signed into requests where no region is set: other makers' servers ignore it or have this one."""
MIB = 1024**2
TRANSFER = TransferConfig(multipart_threshold=64 * MIB, multipart_chunksize=64 * MIB, use_threads=False)
COPY = TransferConfig(multipart_threshold=256 * MIB, multipart_chunksize=256 * MIB, use_threads=False)
MOST_LISTED = 30_000
ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})
WAIT = frozenset({"RequestTimeout", "SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded"})


class S3Place:
    """Keys below a prefix. S3 has no rename: what is staged is copied on the server's side, key by key."""

    def __init__(self, address: Address, endpoint: str | None, timeout: float) -> None:
        self.shown = address.shown
        self._bucket = address.host
        self._prefix = f"{address.path}/" if address.path else ""
        with self._faults():
            session = boto3.session.Session()
            self._client: Any = session.client(
                "s3",
                endpoint_url=endpoint,
                region_name=session.region_name or REGION,
                config=Config(
                    connect_timeout=timeout, read_timeout=timeout, retries={"total_max_attempts": 1},
                    signature_version="s3v4",
                    request_checksum_calculation="when_required",  # not every maker's server knows the newer sums
                    response_checksum_validation="when_required",
                ),
            )  # fmt: skip

    def read(self, name: str, most: int) -> bytes | None:
        """See Reader."""
        with self._faults():
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)
            except ClientError as error:
                if _code(error) in ABSENT:
                    return None
                raise
            with answer["Body"] as stream:
                body: bytes = stream.read(most + 1)
        if len(body) > most:
            raise CommandError(f"{self.shown}: {name} has more than {most} bytes.", "Look at it by hand.")
        return body

    def size(self, name: str) -> int | None:
        """See Reader."""
        with self._faults():
            try:
                answer = self._client.head_object(Bucket=self._bucket, Key=self._prefix + name)
            except ClientError as error:
                if _code(error) in ABSENT:
                    return None
                raise
            return int(answer["ContentLength"])

    def staged(self, token: str) -> int | None:
        """See Place."""
        return self.size(f"{STAGING}/{token}")

    def stage(self, token: str, source: BinaryIO, size: int) -> None:
        """See Place. A key exists only when all of its bytes arrived."""
        with self._faults():
            key = f"{self._prefix}{STAGING}/{token}"
            self._client.upload_fileobj(_Kept(source), self._bucket, key, Config=TRANSFER)
        arrived = self.staged(token)
        if arrived != size:
            raise UnreachedError(f"{arrived} of {size} bytes arrived")

    def release(self, token: str, name: str) -> None:
        """See Place."""
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        extra = {"ContentType": kind, "MetadataDirective": "REPLACE"}
        with self._faults():
            source = {"Bucket": self._bucket, "Key": f"{self._prefix}{STAGING}/{token}"}
            self._client.copy(source, self._bucket, self._prefix + name, ExtraArgs=extra, Config=COPY)

    def remove(self, name: str) -> None:
        """See Place."""
        with self._faults():
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + name)

    def unstage(self, token: str) -> None:
        """See Place."""
        self.remove(f"{STAGING}/{token}")

    def tokens(self) -> list[str]:
        """See Place."""
        prefix = f"{self._prefix}{STAGING}/"
        with self._faults():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix, PaginationConfig={"MaxItems": MOST_LISTED}
            )
            return sorted(one["Key"].removeprefix(prefix) for page in pages for one in page.get("Contents", []))

    def reconnect(self) -> None:
        """See Place. Each request has its own connection."""

    def close(self) -> None:
        """See Place."""
        self._client.close()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            raise self._answer(error) from error
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise CommandError(
                f"{self.shown}: no credentials, or half of them.",
                "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE with ~/.aws/credentials.",
                ExitCode.ENVIRONMENT,
            ) from error
        except (HTTPClientError, EndpointConnectionError) as error:
            raise UnreachedError(f"no answer ({type(error).__name__})") from error
        except (BotoCoreError, Boto3Error, ValueError) as error:
            raise CommandError(
                f"{self.shown}: cannot be used ({type(error).__name__}).",
                "Check --to, --endpoint (https://host) and the AWS_* variables.",
            ) from error

    def _answer(self, error: Any) -> Exception:
        """A server's refusal: try again, or say what to do. Its message may quote the request: not shown."""
        code, status = _code(error), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status >= 500 or status == 429 or code in WAIT:
            return UnreachedError(f"the server cannot now ({status} {code})")
        remedy = {
            "NoSuchBucket": "Check the bucket in --to; it is never made by tipwatch.",
            "SignatureDoesNotMatch": "Check AWS_SECRET_ACCESS_KEY, and this machine's clock.",
            "RequestTimeTooSkewed": "Set this machine's clock.",
        }.get(code, "Check the credentials and their rights: read, write, delete and list below the prefix.")
        return CommandError(f"{self.shown}: refused ({status} {code}).", remedy, ExitCode.ENVIRONMENT)


class _Kept:
    """A file that boto3 may read and seek; it closes what it is given, and a further try needs it open."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        pass


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
