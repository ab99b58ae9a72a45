"""Evidence of 50 MB, uploaded and downloaded: how far the server's memory grows while it passes through."""

import http.client
import json
import os
from collections.abc import Iterator

from app.core.calendar import now, today_of
from benchmarks.measured import Measured, share
from benchmarks.run import Run
from benchmarks.serving import Server, peak_growth, server
from benchmarks.stage import Stage

MB, SIZE, PIECE = 1024 * 1024, 50 * 1024 * 1024, 256 * 1024
BOUNDARY = "qinglian-benchmark"


def measure(run: Run, engine: str) -> Iterator[Measured]:
    stage = run.stage(engine)
    with server(stage.settings) as one:
        small = _upload(one, stage, PIECE)
        _download(one, stage, small)
        size = SIZE
        grown: dict[str, list[tuple[float, float]]] = {"upload": [], "download": []}
        for _ in range(run.rounds):
            made: list[int] = []
            grown["upload"].append(peak_growth(one, lambda made=made: made.append(_upload(one, stage, size))))  # type: ignore[misc]
            grown["download"].append(peak_growth(one, lambda made=made: _download(one, stage, made[0])))  # type: ignore[misc]
    for name, rounds in grown.items():
        peak = max(grown for grown, _ in rounds)
        yield Measured(
            benchmark=f"{name} of 50 MB: peak growth of the server ÷ the file",
            database=engine,
            scope="one school",
            unit="MB",
            ours=peak / MB,
            theirs=size / MB,
            ratio=share(peak, size),
            at_least=0.5,
            aim=0.2,
            lower=True,
        )


def _upload(one: Server, stage: Stage, size: int) -> int:
    """A PDF of random bytes as one multipart body, sent piece by piece; the evidence's id."""
    fields = {"title": "五十兆资料", "kind": "policy", "evidence_on": today_of(now()).isoformat()}
    head = "".join(
        f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head += f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="large.pdf"\r\n'
    before = (head + "content-type: application/pdf\r\n\r\n").encode() + b"%PDF-1.4\n"
    after = f"\r\n--{BOUNDARY}--\r\n".encode()
    connection = http.client.HTTPConnection("127.0.0.1", one.port)
    connection.putrequest("POST", "/api/v1/evidence")
    connection.putheader("authorization", f"Bearer {stage.world.token['school']}")
    connection.putheader("content-type", f"multipart/form-data; boundary={BOUNDARY}")
    connection.putheader("content-length", str(len(before) + size + len(after)))
    connection.endheaders()
    connection.send(before)
    for _ in range(size // PIECE):
        connection.send(os.urandom(PIECE))
    connection.send(after)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 201, body
    made: int = json.loads(body)["id"]
    return made


def _download(one: Server, stage: Stage, evidence_id: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", one.port)
    headers = {"authorization": f"Bearer {stage.world.token['school']}"}
    connection.request("GET", f"/api/v1/evidence/{evidence_id}/file", headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    length = 0
    while piece := answer.read(PIECE):
        length += len(piece)
    return length
