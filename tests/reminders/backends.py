"""A mail backend that hands over, says so, and then hangs: for killing whoever waits for it."""

import os
import time
from pathlib import Path

from django.core.mail.backends.base import BaseEmailBackend


class HandsOverAndHangs(BaseEmailBackend):
    def send_messages(self, messages):
        with open(os.environ["HANDED_OVER"], "a") as file:
            file.writelines(f"{message.extra_headers['Message-ID']}\n" for message in messages)
        time.sleep(600)


class HandsOver(BaseEmailBackend):
    def send_messages(self, messages):
        with Path(os.environ["HANDED_OVER"]).open("a") as file:
            file.writelines(f"{message.extra_headers['Message-ID']}\n" for message in messages)
        return len(messages)
