"""A stand-in for GOV.UK Notify on this machine, written from its public API description.

It checks the token, the request and the limits as Notify says that it does, keeps what it accepted, answers by id and
by reference, and gives the documented states: with a test key an address decides them. `fault` is what goes wrong with
the next requests.
"""

import contextlib
import json
import re
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt

SERVICE, SECRET = "26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0"
KEY = f"our_test_key-{SERVICE}-{SECRET}"
TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"
# Validated and answered, but never kept: no state, no receipt.
SMOKE = {f"simulate-delivered{n}@notifications.service.gov.uk" for n in ("", "-2", "-3")}
BY_ADDRESS = {"temp-fail@simulator.notify": "temporary-failure", "perm-fail@simulator.notify": "permanent-failure"}


@dataclass
class StandIn:
    kept: list[dict] = field(default_factory=list)
    faults: deque = field(default_factory=deque)
    asked: list[str] = field(default_factory=list)
    placeholders: tuple = ("subject", "body")
    most_a_minute: int = 3000
    most_a_day: int = 250_000
    guests: set | None = None  # a team key reaches these only
    url: str = ""

    def receipt_of(self, one) -> dict:
        """What Notify posts to a callback address."""
        return {
            "id": one["id"], "reference": one["reference"], "to": one["email_address"], "status": one["status"],
            "created_at": one["created_at"], "completed_at": one["completed_at"], "sent_at": one["sent_at"],
            "notification_type": "email", "template_id": TEMPLATE, "template_version": 1,
        }  # fmt: skip

    def settle(self, status=None) -> None:
        """What the provider finds out: of each mail that is on its way, by its address."""
        for one in self.kept:
            if one["status"] in ("created", "sending"):
                one["status"] = status or BY_ADDRESS.get(one["email_address"], "delivered")
                one["completed_at"] = _now()


def _now():
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())


class Refused(Exception):
    def __init__(self, status, error, message):
        self.status, self.error, self.message = status, error, message


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def notify(self) -> StandIn:
        return self.server.notify

    def do_GET(self):
        self.take(None)

    def do_POST(self):
        self.take(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def take(self, sent):
        self.notify.asked.append(f"{self.command} {self.path.partition('?')[0]}")
        fault = self.notify.faults.popleft() if self.notify.faults else None
        try:
            if fault == "hang up":
                return self.hang_up()
            if isinstance(fault, Refused):
                raise fault
            self.check_token()
            answer = self.post(sent) if sent is not None else self.get()
            if fault == "keep and hang up":
                return self.hang_up()
            if fault == "keep and fail":
                raise Refused(500, "Exception", "Internal server error")
            self.answer(201 if sent is not None else 200, answer)
        except Refused as refused:
            said = {"error": refused.error, "message": refused.message}
            self.answer(refused.status, {"status_code": refused.status, "errors": [said]})

    def check_token(self):
        token = self.headers["Authorization"].removeprefix("Bearer ")
        try:
            said = jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_iat": False})
        except jwt.InvalidTokenError:
            raise Refused(403, "AuthError", "Invalid token: API key not found") from None
        if said["iss"] != SERVICE or abs(time.time() - said["iat"]) > 30:
            raise Refused(403, "AuthError", "Error: Your system clock must be accurate to within 30 seconds")

    def post(self, sent):
        if self.path != "/v2/notifications/email":
            raise Refused(404, "NotFound", "The requested URL was not found on the server.")
        kept = self.notify.kept
        if len(kept) >= self.notify.most_a_minute:
            limit = f"{self.notify.most_a_minute} requests per 60 seconds"
            raise Refused(429, "RateLimitError", f"Exceeded rate limit for key type TEST of {limit}")
        if len(kept) >= self.notify.most_a_day:
            raise Refused(429, "TooManyRequestsError", f"Exceeded send limits ({self.notify.most_a_day}) for today")
        to = sent["email_address"]
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", to):
            raise Refused(400, "ValidationError", "email_address is not a valid email address")
        if sent["template_id"] != TEMPLATE:
            raise Refused(400, "BadRequestError", "Template not found")
        given = sent.get("personalisation", {})
        if lacking := [name for name in self.notify.placeholders if name not in given]:
            raise Refused(400, "BadRequestError", f"Missing personalisation: {', '.join(lacking)}")
        if self.notify.guests is not None and to not in self.notify.guests:
            raise Refused(400, "BadRequestError", "Can’t send to this recipient using a team-only API key")
        one = {
            "id": str(uuid.uuid4()), "reference": sent.get("reference"), "email_address": to, "type": "email",
            "status": "created", "template": {"id": TEMPLATE, "version": 1, "uri": ""}, "subject": given["subject"],
            "body": given["body"], "created_at": _now(), "sent_at": None, "completed_at": None,
            "one_click_unsubscribe_url": sent.get("one_click_unsubscribe_url"),
        }  # fmt: skip
        if to not in SMOKE:
            kept.append(one)
        content = {"subject": one["subject"], "body": one["body"], "from_email": "track@notifications.service.gov.uk"}
        return {"id": one["id"], "reference": one["reference"], "content": content, "uri": "", "scheduled_for": None}

    def get(self):
        path, wanted = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path == "/v2/notifications":
            found = [one for one in self.notify.kept if one["reference"] == wanted["reference"][0]]
            return {"notifications": found[::-1], "links": {"current": self.path}}
        for one in self.notify.kept:
            if path == f"/v2/notifications/{one['id']}":
                return one
        raise Refused(404, "NoResultFound", "No result found")

    def answer(self, status, said):
        text = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def hang_up(self):
        self.close_connection = True
        self.connection.close()

    def handle(self):
        with contextlib.suppress(OSError):  # we hung up
            super().handle()

    def finish(self):
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, *_):
        pass


def serve():
    """The running stand-in, and how to end it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.notify = StandIn(url=f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def end():
        server.shutdown()
        server.server_close()

    return server.notify, end
