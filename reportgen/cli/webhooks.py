"""Sends the message of a command to the webhook in the environment."""

import os
from typing import TYPE_CHECKING

from reportgen.cli.terminal import print_remark, print_text
from reportgen.errors import OutputError

if TYPE_CHECKING:
    from reportgen.outputs.webhook_messages import Announcement


def send_to_webhook(announcement: "Announcement", *, is_printed: bool = True) -> None:
    """Sends a message. Whether that succeeds does not decide the exit code.

    Args:
        announcement: What the message says.
        is_printed: Whether standard output is for people, so that success is printed there.
    """
    from reportgen.outputs.webhook import send_message, webhook_from
    from reportgen.outputs.webhook_messages import message_data

    try:
        webhook = webhook_from(os.environ)
        send_message(webhook, message_data(announcement, webhook.form))
    except OutputError as error:
        print_remark(str(error))
    else:
        if is_printed:
            print_text("Message: sent")
